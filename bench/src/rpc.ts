import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import type { BenchGroup } from "./harness.ts";
import { okReplyGroups } from "./ok-replies.ts";
import { inFlight, oneAfterAnother, startRpc } from "./rpc-ends.ts";
import { tcpLink } from "./runtimes-links.ts";

const ROUND_TRIPS = 200;

/**
 * A small get-config, client and server in this process, NETCONF over SSH over TCP on loopback, beside bare TCP round trips;
 * and small replies without a network.
 */
export async function rpcGroups(): Promise<readonly BenchGroup[]> {
  const ends = await startRpc(await tcpLink({ listenTcp, dialTcp }));
  const echo = await echoPair();
  const baseline = {
    name: "bare TCP round trips, 512 bytes each way",
    amount: ROUND_TRIPS,
    run: () => echo.roundTrips(ROUND_TRIPS),
  };
  return [
    {
      name: "rpc: small get-config over SSH",
      unit: "rpc",
      baseline,
      cases: [
        oneAfterAnother(`one after another (${ends.cipher})`, ends.session),
        inFlight(`64 in flight (${ends.cipher})`, ends.session),
      ],
      dispose: async () => {
        await ends.close();
        await echo.close();
      },
    },
    ...(await okReplyGroups()),
  ];
}

/** A TCP connection whose far end sends everything back. */
async function echoPair(): Promise<{
  readonly roundTrips: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
}> {
  const listener = await listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const near = await dialTcp({ host: listener.host, port: listener.port })();
  const result = await accepted;
  if (result.done === true) throw new Error("the listener ended");
  void sendBack(result.value);
  const message = new Uint8Array(512);
  return {
    roundTrips: async (count) => {
      for (let i = 0; i < count; i++) {
        await near.write(message);
        for (let received = 0; received < message.length; )
          received += (await near.read())?.length ?? Number.POSITIVE_INFINITY;
      }
    },
    close: async () => {
      await near.close();
      await listener.close();
    },
  };
}

async function sendBack(socket: DuplexSocket): Promise<void> {
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read()) await socket.write(chunk);
  await socket.close();
}

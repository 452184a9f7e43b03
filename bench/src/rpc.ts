import { randomBytes } from "node:crypto";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  allowLogin,
  type ClientSession,
  connect,
  createNetconfServer,
  expectOk,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  getConfig,
  parseAuthorizedKeys,
  parseXml,
  serve,
  trustFingerprints,
} from "netconf-kit";
import type { BenchGroup } from "./harness.ts";
import { okReplyGroups } from "./ok-replies.ts";

const SEQUENTIAL = 200;
const PIPELINED = 2000;
const IN_FLIGHT = 64;

const configuration = `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>bench</hostname></system></config>`;

/**
 * A small get-config, client and server in this process, NETCONF over SSH over TCP on loopback, beside bare TCP round trips;
 * and small replies without a network.
 */
export async function rpcGroups(): Promise<readonly BenchGroup[]> {
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const hostKey = generateKey("ssh-ed25519", random);
  const userKey = generateKey("ssh-ed25519", random);
  const server = await createNetconfServer({ initial: parseXml(configuration) });
  const listener = await listenTcp();
  const authorized = formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "bench" });
  const service = serve({
    listener,
    server,
    hostKeys: [hostKey],
    authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorized) }),
  });
  const connection = await connect({
    dial: dialTcp({ host: listener.host, port: listener.port }),
    username: "bench",
    verifyHostKey: trustFingerprints([fingerprintSha256(hostKey.publicBlob)]),
    authentication: [{ method: "publickey", key: userKey }],
  });
  const echo = await echoPair();
  const { session } = connection;
  const cipher = connection.channel.security.cipher ?? "unknown cipher";
  const dispose = async (): Promise<void> => {
    await connection.close();
    await service.close();
    await server.close();
    await echo.close();
  };
  const baseline = {
    name: "bare TCP round trips, 512 bytes each way",
    amount: SEQUENTIAL,
    run: () => echo.roundTrips(SEQUENTIAL),
  };
  return [
    {
      name: "rpc: small get-config over SSH",
      unit: "rpc",
      baseline,
      cases: [
        { name: `one after another (${cipher})`, amount: SEQUENTIAL, run: () => oneAfterAnother(session) },
        { name: `${IN_FLIGHT} in flight (${cipher})`, amount: PIPELINED, run: () => inFlight(session) },
      ],
      dispose,
    },
    ...(await okReplyGroups()),
  ];
}

async function oneAfterAnother(session: ClientSession): Promise<void> {
  for (let i = 0; i < SEQUENTIAL; i++) expectOk(await session.rpc(getConfig("running")));
}

async function inFlight(session: ClientSession): Promise<void> {
  let left = PIPELINED;
  const worker = async (): Promise<void> => {
    while (left-- > 0) expectOk(await session.rpc(getConfig("running")));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
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

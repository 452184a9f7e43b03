import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import { type Connection, connect, expectOk, getConfig, trustFingerprints } from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import { startOurServer } from "../interop/our-ends.ts";
import { badPeers, fingerprint, login } from "./bad-peers.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const LIMIT = 700;

describe("a client whose peer goes wrong gets a typed error", () => {
  for (const { name, serve, expected, trusted, password } of badPeers) {
    it(`${name}: ${expected.layer}/${expected.code}`, async () => {
      const listener = await listenTcp();
      stops.push(() => listener.close());
      void (async () => {
        for await (const socket of listener) serve(socket).catch(() => {});
      })();
      const error = await useDevice(listener.port, trusted ?? fingerprint, password ?? login.password);
      expect(error).toMatchObject({ ...expected, rfc: expect.stringMatching(/^(RFC \d+|draft-)/) });
      expect((error as Error).message).toMatch(/\w/);
    });
  }
});

describe("a client that goes wrong disturbs no other session", () => {
  it("others go on while garbage, silence and a flood of half-open connections arrive", async () => {
    const device = await startOurServer({ authorizedKeyLine: "", password: login, ssh: { limits: {} } }).catch(
      () => undefined,
    );
    if (device === undefined) throw new Error("the server did not start");
    stops.push(device.stop);
    const good = await connectTo(device.port, device.fingerprint, login.password);
    stops.push(good.close);
    const dial = dialTcp({ host: "127.0.0.1", port: device.port });
    const strangers = await Promise.all(Array.from({ length: 50 }, () => dial()));
    await Promise.all(
      strangers.slice(0, 25).map((socket) => socket.write(new Uint8Array(5000).fill(0x41)).catch(() => {})),
    );
    for (let i = 0; i < 20; i++) expectOk(await good.session.rpc(getConfig("running")));
    await Promise.all(strangers.map((socket) => socket.close()));
  });
});

/** Does what a user does; gives the error that ends it. */
async function useDevice(port: number, trusted: string, password: string): Promise<unknown> {
  let connection: Connection | undefined;
  try {
    connection = await connectTo(port, trusted, password);
    return expectOk(await connection.session.rpc(getConfig("running")));
  } catch (error) {
    return error;
  } finally {
    await connection?.close().catch(() => {});
  }
}

function connectTo(port: number, trusted: string, password: string): Promise<Connection> {
  return connect({
    dial: dialTcp({ host: "127.0.0.1", port }),
    username: login.username,
    verifyHostKey: trustFingerprints([trusted]),
    authentication: [{ method: "password", password }],
    timeouts: { versionExchange: LIMIT, keyExchange: LIMIT, authentication: LIMIT, channelOpen: LIMIT },
    session: { helloTimeout: LIMIT, rpcTimeout: LIMIT, closeTimeout: LIMIT },
  });
}

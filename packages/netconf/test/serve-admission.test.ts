import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { afterEach, describe, expect, it } from "vitest";
import { connect, type ServeEvent, type ServeOptions, type Service, serve, trustFingerprints } from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const verifyHostKey = trustFingerprints([fingerprintOf(keys.host)]);

/** Connections that all seem to come from one address. */
function from(remote: string, listener: Listener): Listener {
  return {
    ...listener,
    [Symbol.asyncIterator]: async function* (): AsyncGenerator<DuplexSocket, void, undefined> {
      for await (const socket of listener) yield Object.assign(socket, { remote });
    },
  };
}

async function serving(
  admission: ServeOptions["admission"],
): Promise<{ readonly service: Service; readonly dial: () => Promise<DuplexSocket>; readonly events: ServeEvent[] }> {
  const network = memoryNetwork();
  const events: ServeEvent[] = [];
  const service = serve({
    ...(await makeDevice()),
    listener: from("192.0.2.1:4000", network.listener),
    ...(admission !== undefined && { admission }),
    onEvent: (event) => void events.push(event),
  });
  stops.push(service.close);
  return { service, dial: network.dial, events };
}

const refusals = (events: readonly ServeEvent[]): string[] =>
  events.flatMap((event) => (event.type === "refused" ? String((event.error as Error).message) : []));

describe("serve() and strangers", () => {
  it("closes what comes from one address on arrival while too many of it have not logged in", async () => {
    const { service, dial, events } = await serving({ maxPendingPerSource: 2 });
    const strangers = [await dial(), await dial()];
    await expect.poll(() => service.connections).toBe(2);
    const third = await dial();
    expect(await third.read()).toBe(undefined);
    expect(refusals(events)).toEqual(["the connection was closed on arrival: too many from source"]);
    for (const stranger of strangers) await stranger.close();
    await expect.poll(() => service.connections).toBe(0);
    // Who has logged in counts no longer.
    const connections = [];
    for (let i = 0; i < 4; i++) connections.push(await connect({ ...credentials, dial, verifyHostKey }));
    expect(service.connections).toBe(4);
    for (const connection of connections) await connection.close();
  });

  it("closes connections on arrival after too many that came to nothing", async () => {
    const { service, dial, events } = await serving({ failuresPerSource: { burst: 3, perSecond: 0 } });
    await (await connect({ ...credentials, dial, verifyHostKey })).close();
    for (let i = 0; i < 3; i++) {
      const stranger = await dial();
      await stranger.read();
      await stranger.close();
      await expect.poll(() => service.connections).toBe(0);
    }
    expect(await (await dial()).read()).toBe(undefined);
    expect(refusals(events).at(-1)).toContain("too often from source");
    expect(events.at(-1)).toMatchObject({ type: "refused", error: { code: "limit-connecting", layer: "call-home" } });
  });

  it("asks who may connect at all", async () => {
    const asked: (string | undefined)[] = [];
    const { dial, events } = await serving({
      allows: (remote) => {
        asked.push(remote);
        return false;
      },
    });
    expect(await (await dial()).read()).toBe(undefined);
    expect(asked).toEqual(["192.0.2.1:4000"]);
    expect(refusals(events)).toEqual(["the connection was closed on arrival: not allowed"]);
  });
});

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { socketCases } from "@netconf-kit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type WebSocketLike, webSocket } from "../src/mod.ts";

let server: WebSocketServer;
let url = "";
beforeAll(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  // A server on TCP has an address object; the other forms belong to pipes.
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

async function openPair(): Promise<readonly [WebSocketLike, WebSocketLike]> {
  const accepted = once(server, "connection");
  const client = new WebSocket(url);
  await once(client, "open");
  const [theirs] = await accepted;
  return [client, theirs];
}

describe("webSocket() over a network, with the sockets of ws", () => {
  for (const { name, needs, run } of socketCases) {
    // A WebSocket has neither half close nor back-pressure.
    if (needs.length > 0) continue;
    it(name, () =>
      run(async () => {
        const [left, right] = await openPair();
        return [webSocket(left), webSocket(right)];
      }),
    );
  }

  it("ends a connection whose peer sends more than is kept, and the peer sees that it was cut off", async () => {
    const [left, right] = await openPair();
    const [reader, writer] = [webSocket(left, { maxReceivedBytes: 100_000 }), webSocket(right)];
    const reading = writer.read();
    reading.catch(() => {});
    await writer.write(new Uint8Array(100_001));
    await expect(reader.closed).rejects.toMatchObject({ code: "overrun" });
    await expect(reading).rejects.toMatchObject({ code: "reset", message: expect.stringContaining("4009") });
  });
});

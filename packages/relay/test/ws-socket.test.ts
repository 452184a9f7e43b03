import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { socketCases } from "@netconf-kit/conformance";
import { type Clock, systemClock } from "@netconf-kit/socket";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { RelayError } from "../src/errors.ts";
import { WsSocket } from "../src/ws-socket.ts";

/** For a busy machine. */
const PATIENCE = { timeout: 30_000 };

const http = createServer();
const upgrades = new WebSocketServer({ server: http, autoPong: false, closeTimeout: 2000 } as object); // its types lag behind
let url = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterAll(() => {
  http.close();
  http.closeAllConnections();
});

/** Both ends of a WebSocket, as ws has them. */
async function wsPair(): Promise<[WebSocket, WebSocket]> {
  const accepted = new Promise<WebSocket>((resolve) => upgrades.once("connection", resolve));
  const opened = new WebSocket(url, { autoPong: true });
  opened.on("error", () => {});
  await new Promise((resolve) => opened.once("open", resolve));
  return [await accepted, opened];
}

function socketOf(ws: WebSocket, { maxQueued = 65_536, clock = systemClock as Clock } = {}): WsSocket {
  return new WsSocket(ws, { remote: "a page", maxQueued, pingTime: 30_000, clock });
}

describe("WsSocket", () => {
  for (const { name, needs, run } of socketCases) {
    // A WebSocket has no half close.
    if (needs.includes("half-close")) continue;
    it(name, () =>
      run(async () => {
        const [accepted, opened] = await wsPair();
        return [socketOf(accepted), socketOf(opened)];
      }),
    );
  }

  it("takes no more than its mark and a message while nobody reads", async () => {
    const [accepted, opened] = await wsPair();
    const socket = socketOf(accepted, { maxQueued: 1000 });
    opened.send(Buffer.alloc(999));
    opened.send(Buffer.alloc(1));
    await vi.waitFor(() => expect(accepted.isPaused).toBe(true), PATIENCE);
    expect((await socket.read())?.length).toBe(1000);
    expect(accepted.isPaused).toBe(false);
    await socket.close();
  });

  it("tells the other end why it closes, in no more than fits (RFC 6455 §5.5)", async () => {
    const [accepted, opened] = await wsPair();
    const closed = new Promise<[number, string]>((resolve) =>
      opened.on("close", (code, reason) => resolve([code, String(reason)])),
    );
    await socketOf(accepted).close(new RelayError("target-refused", "é".repeat(500)));
    const [code, reason] = await closed;
    expect(code).toBe(4003);
    expect(reason).toBe(`target-refused: ${"é".repeat(53)}`);
  });

  it("tells nothing of an error that is not the relay's own", async () => {
    const [accepted, opened] = await wsPair();
    const closed = new Promise((resolve) => opened.on("close", (code, reason) => resolve([code, String(reason)])));
    await socketOf(accepted).close(new Error("secret"));
    expect(await closed).toEqual([1011, ""]);
  });

  it("says connection-lost when the other end is gone without a close", async () => {
    const [accepted, opened] = await wsPair();
    const socket = socketOf(accepted);
    const reading = socket.read();
    opened.terminate();
    await expect(reading).rejects.toMatchObject({ name: "RelayError", code: "connection-lost" });
    await expect(socket.closed).rejects.toMatchObject({ code: "connection-lost" });
    await expect(socket.write(new Uint8Array(1))).rejects.toMatchObject({ code: "connection-lost" });
  });

  it("says bad-frame of frames that break the protocol, and answers with 1002", async () => {
    const [accepted, opened] = await wsPair();
    const socket = socketOf(accepted);
    const closed = new Promise((resolve) => opened.on("close", resolve));
    // RFC 6455 §5.1: a client masks its frames. This one has not.
    (opened as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(
      Buffer.from([0x82, 0x01, 0x00]),
    );
    await expect(socket.closed).rejects.toMatchObject({ code: "bad-frame", fault: "peer" });
    expect(await closed).toBe(1002);
  });

  it("RFC 6455 §5.5.2 gives up an end that shows no sign of life for two pings, and not one that answers", async () => {
    for (const answers of [true, false]) {
      const clock = virtualClock();
      const [accepted, opened] = await wsPair();
      const socket = socketOf(accepted, { clock });
      if (!answers) opened.pause();
      for (let beat = 0; beat < 2; beat++) {
        const ponged = new Promise((resolve) => accepted.once("pong", resolve));
        clock.advance(30_000);
        if (answers) await ponged;
      }
      clock.advance(29_999);
      expect(accepted.readyState).toBe(WebSocket.OPEN);
      clock.advance(1);
      expect(accepted.readyState).toBe(answers ? WebSocket.OPEN : WebSocket.CLOSING);
      opened.resume();
      await socket.close();
      if (answers) await socket.closed;
      else await expect(socket.closed).rejects.toMatchObject({ code: "client-silent", fault: "peer" });
      expect(clock.pending).toBe(0);
    }
  });

  it("does not blame an end whose pongs it does not read itself", async () => {
    const clock = virtualClock();
    const [accepted, opened] = await wsPair();
    const socket = socketOf(accepted, { clock, maxQueued: 1 });
    opened.send(Buffer.alloc(10));
    await new Promise((resolve) => accepted.once("message", resolve));
    clock.advance(300_000);
    expect(accepted.readyState).toBe(WebSocket.OPEN);
    await socket.close();
  });

  it("notices by its pings that an end is gone from which it does not read", async () => {
    const clock = virtualClock();
    const [accepted, opened] = await wsPair();
    const socket = socketOf(accepted, { clock, maxQueued: 1 });
    let reason: unknown;
    socket.closed.catch((error: unknown) => {
      reason = error;
    });
    opened.send(Buffer.alloc(10));
    await new Promise((resolve) => accepted.once("message", resolve));
    opened.terminate();
    // The system answers one ping with a reset, and the next cannot be sent.
    await vi.waitFor(() => {
      clock.advance(30_000);
      expect(reason).toMatchObject({ code: "connection-lost" });
    }, PATIENCE);
    expect((await socket.read())?.length).toBe(10);
    await expect(socket.read()).rejects.toMatchObject({ code: "connection-lost" });
    expect(clock.pending).toBe(0);
  });

  it("owes no pong to who pings and does not take the answers", async () => {
    const [accepted, opened] = await wsPair();
    const socket = socketOf(accepted);
    const ponged = new Promise((resolve) => opened.once("pong", resolve));
    opened.ping();
    await ponged;
    Object.defineProperty(accepted, "bufferedAmount", { value: 64 * 1024 });
    let pongs = 0;
    opened.on("pong", () => pongs++);
    opened.ping();
    opened.send(Buffer.alloc(1));
    await socket.read();
    await socket.write(new Uint8Array(1));
    await new Promise((resolve) => opened.once("message", resolve));
    expect(pongs).toBe(0);
    await socket.close();
  });
});

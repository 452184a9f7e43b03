import { dialUrl, readDevice, relayErrorOf, relayProtocols, waitUrl } from "@netconf-kit/relay/page";
import { webSocket } from "@netconf-kit/web-adapter";
import type { Dial, DuplexSocket } from "netconf-kit";
import type { Caller } from "./state/console.ts";

/** More than the windows of SSH let a device send ahead, so only a relay gone wrong gets there. */
const MAX_RECEIVED_BYTES = 16 * 1024 * 1024;

/** A relay, and what it wants to see before it works for a page. */
export interface RelayAddress {
  /** `ws://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Dials a device through a relay. What the relay says when it refuses or loses the device becomes the error.
 *
 * @example
 * const connection = await connect({ dial: dialThroughRelay(relay, "192.0.2.1:830"), ...options });
 */
export function dialThroughRelay(relay: RelayAddress, target: string): Dial {
  return async ({ signal } = {}) => {
    const ws = openWebSocket(dialUrl(relay.url, target), relay.token);
    await opened(ws, signal);
    return bytesOf(ws, target);
  };
}

/** Waits at a relay for one device to call home. */
export async function waitAtRelay(relay: RelayAddress, signal: AbortSignal): Promise<Caller> {
  const ws = openWebSocket(waitUrl(relay.url), relay.token);
  await opened(ws, signal);
  return called(ws, signal);
}

function openWebSocket(url: string, token: string): WebSocket {
  const ws = new WebSocket(url, relayProtocols(token));
  ws.binaryType = "arraybuffer";
  return ws;
}

function opened(ws: WebSocket, signal: AbortSignal | undefined): Promise<void> {
  return settle(ws, signal, (done) => ws.addEventListener("open", () => done(), { once: true }));
}

/** The first message tells of the device; from then on the WebSocket is the connection with it. */
function called(ws: WebSocket, signal: AbortSignal): Promise<Caller> {
  return settle(ws, signal, (done, fail) => {
    ws.addEventListener(
      "message",
      ({ data }) => {
        const device = typeof data === "string" ? readDevice(data) : undefined;
        if (device === undefined) fail(new Error("the server at this address is no relay of this page"));
        // In the same turn: no byte of the device may come between.
        else done({ socket: bytesOf(ws, device.address), address: device.address });
      },
      { once: true },
    );
  });
}

/** An open WebSocket as a byte stream. What it was closed with says more than that it was, so that becomes the error. */
function bytesOf(ws: WebSocket, remote: string): DuplexSocket {
  let failure: Error | undefined;
  // Before the adapter's own listener: the reason is there when the read fails.
  ws.addEventListener("close", ({ code, reason }) => {
    failure = relayErrorOf(code, reason);
  });
  const socket = webSocket(ws, { maxReceivedBytes: MAX_RECEIVED_BYTES, remote });
  const explained = (error: unknown): never => {
    throw failure ?? error;
  };
  return {
    remote,
    closed: socket.closed,
    read: () => socket.read().catch(explained),
    write: (bytes) => socket.write(bytes).catch(explained),
    closeWrite: () => socket.closeWrite(),
    close: (reason) => socket.close(reason),
    [Symbol.asyncDispose]: () => socket.close(),
  };
}

/** A step of opening: it fails when the WebSocket is closed first or the signal fires. */
function settle<T>(
  ws: WebSocket,
  signal: AbortSignal | undefined,
  start: (done: (value: T) => void, fail: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const fail = (error: unknown): void => {
      over.abort();
      ws.close();
      reject(error);
    };
    if (signal?.aborted === true) {
      fail(signal.reason);
      return;
    }
    signal?.addEventListener("abort", () => fail(signal.reason), { signal: over.signal });
    ws.addEventListener("close", ({ code, reason }) => fail(relayErrorOf(code, reason) ?? relayErrorOf(1006)), {
      signal: over.signal,
    });
    start((value) => {
      over.abort();
      resolve(value);
    }, fail);
  });
}

import { webSocket } from "@netconf-kit/web-adapter";
import type { DuplexSocket } from "netconf-kit";

/** More than the windows of SSH let a device send ahead, so only a relay gone wrong gets there. */
const MAX_RECEIVED_BYTES = 16 * 1024 * 1024;

/** What the end of a WebSocket means, from the two fields of its `CloseEvent`; `undefined` for a clean one (RFC 6455 §7.1.5). */
type CloseReader = (code: number, reason: string) => Error | undefined;

/** Resolves when the WebSocket is open. */
export function opened(ws: WebSocket, errorOf: CloseReader, signal: AbortSignal | undefined): Promise<void> {
  return settle(ws, errorOf, signal, (done) => ws.addEventListener("open", () => done(), { once: true }));
}

/** An open WebSocket as a byte stream. What it was closed with says more than that it was, so that becomes the error. */
export function bytesOf(ws: WebSocket, remote: string, errorOf: CloseReader): DuplexSocket {
  let failure: Error | undefined;
  // Before the adapter's own listener: the reason is there when the read fails.
  ws.addEventListener("close", ({ code, reason }) => {
    failure = errorOf(code, reason);
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
export function settle<T>(
  ws: WebSocket,
  errorOf: CloseReader,
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
    // A clean end is none in the middle of opening: 1006 says that there is nobody.
    ws.addEventListener("close", ({ code, reason }) => fail(errorOf(code, reason) ?? errorOf(1006, "")), {
      signal: over.signal,
    });
    // What the policy of the page forbids ends with this event alone.
    ws.addEventListener("error", () => fail(errorOf(1006, "")), { signal: over.signal });
    start((value) => {
      over.abort();
      resolve(value);
    }, fail);
  });
}

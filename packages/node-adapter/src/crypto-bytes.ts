import { MessageChannel, type MessagePort } from "node:worker_threads";

/** The same memory without the methods of `Buffer`, some of which (`slice`) mean something else. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/**
 * Frees bytes that nobody looks at any more, ahead of the collector, if they have their memory for themselves. Each answer of a
 * cipher is a buffer of its own: left to the collector they push each other out of the processor's cache, and their sheer size
 * makes it run often.
 */
export function freeBytes(bytes: Uint8Array): void {
  if (bytes.length === bytes.buffer.byteLength) freeMemory(bytes.buffer);
}

/**
 * The same for all of a buffer; once it is free that changes nothing. Moving it to a port that is closed frees it (HTML, "message
 * ports": a message is made of it, and goes nowhere).
 */
export function freeMemory(buffer: ArrayBufferLike): void {
  if (!isWorthFreeing(buffer)) return;
  nowhere ??= closedPort();
  nowhere.postMessage(undefined, [buffer as ArrayBuffer]); // what node:crypto and node:net make is never shared
}

export function isWorthFreeing(buffer: ArrayBufferLike): boolean {
  // Other runtimes may go on using what they have given.
  return IS_NODE && buffer.byteLength >= LEAST_FREED;
}

/** Not Deno or Bun, which have `node:crypto` too. */
export const IS_NODE: boolean = !("bun" in process.versions) && !("deno" in process.versions);
/** Freeing takes a microsecond or two. */
const LEAST_FREED = 16 * 1024;
let nowhere: MessagePort | undefined;

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.close();
  return port1;
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** node:crypto reports bad data of a peer by exceptions; for a provider those are "no". */
export function orUndefined<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}

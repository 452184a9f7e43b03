import type { DuplexSocket } from "@netconf-kit/socket";

export const MIB: number = 1 << 20;

export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`expected: ${what}`);
}

export function assertEqual(actual: Uint8Array, expected: Uint8Array): void {
  assert(actual.length === expected.length, `${expected.length} bytes, not ${actual.length}`);
  for (let i = 0; i < expected.length; i++)
    assert(actual[i] === expected[i], `byte ${i} of ${expected.length} unchanged`);
}

/**
 * Reads until `length` bytes have come.
 *
 * @throws Error when the end comes first, or when the last chunk goes beyond
 * @example
 * const [left, right] = memoryPair();
 * await left.write(new Uint8Array(3));
 * console.log((await readExactly(right, 3)).length); // 3
 */
export async function readExactly(socket: DuplexSocket, length: number): Promise<Uint8Array> {
  const result = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const chunk = await socket.read();
    if (chunk === undefined) throw new Error(`the peer ended after ${at} of ${length} bytes`);
    if (at + chunk.length > length) throw new Error(`the peer sent more than ${length} bytes`);
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}

/** Reads until the end and gives how much came. */
export async function readToEnd(socket: DuplexSocket): Promise<number> {
  let length = 0;
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read()) length += chunk.length;
  return length;
}

export async function writeInPieces(socket: DuplexSocket, bytes: Uint8Array, size = 48_000): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) await socket.write(bytes.subarray(at, at + size));
}

/** Bytes that are not the same anywhere nearby, so that a lost, doubled or moved piece shows. */
export function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export type Outcome = "resolves" | { readonly rejectsWith: unknown };

export function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    () => "resolves",
    (rejectsWith: unknown) => ({ rejectsWith }),
  );
}

export async function assertRejects(promise: Promise<unknown>, what: string): Promise<void> {
  const outcome = await outcomeOf(promise);
  assert(outcome !== "resolves", `${what} rejects`);
  assert(outcome.rejectsWith instanceof Error, `${what} rejects with an Error`);
}

/** Lets so many reactions to settled promises run: what is under way is then somewhere else each time. */
export async function afterReactions(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined;
}

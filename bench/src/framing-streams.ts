import { encodeMessage, type Framing } from "@netconf-kit/framing";

/** What one call of `read()` on a busy connection gives. */
export const READ_BYTES: number = 32 * 1024;

/** Text of this length as a get-config reply of ietf-interfaces has it. */
export function interfacesReply(length: number): Uint8Array {
  const entry = new TextEncoder().encode(
    "<interface><name>eth0/0/1</name><type>ianaift:ethernetCsmacd</type><enabled>true</enabled><mtu>1500</mtu></interface>\n",
  );
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += entry.length)
    bytes.set(entry.subarray(0, Math.min(entry.length, length - at)), at);
  return bytes;
}

/** One message on the wire, in chunks of `chunkBytes` where the framing has chunks. */
export function framed(framing: Framing, payload: Uint8Array, chunkBytes?: number): Uint8Array {
  const options = chunkBytes === undefined ? {} : { maxChunkBytes: chunkBytes };
  const parts = encodeMessage(framing, payload, options);
  const stream = new Uint8Array(totalOf(parts));
  let at = 0;
  for (const part of parts) {
    stream.set(part, at);
    at += part.length;
  }
  return stream;
}

/** One message after another, about `bytes` in all. */
export function repeated(message: Uint8Array, bytes: number): Uint8Array {
  const count = Math.floor(bytes / message.length);
  const stream = new Uint8Array(count * message.length);
  for (let i = 0; i < count; i++) stream.set(message, i * message.length);
  return stream;
}

/** The stream as it comes: each read in a buffer of its own. */
export function readsOf(stream: Uint8Array, readBytes: number = READ_BYTES): readonly Uint8Array[] {
  const reads: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += readBytes) reads.push(stream.slice(at, at + readBytes));
  return reads;
}

export function totalOf(reads: readonly Uint8Array[]): number {
  return reads.reduce((sum, read) => sum + read.length, 0);
}

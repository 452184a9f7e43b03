import { WebCryptoError } from "./crypto-errors.ts";

/** Strings of RFC 4251 §5 one after another: each with its length before it. */
export function sshStrings(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const all = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of all) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** The content of an mpint (RFC 4251 §5) for a number that is not negative: as short as it may be. */
export function mpint(number: Uint8Array): Uint8Array {
  const first = number.findIndex((byte) => byte !== 0);
  if (first === -1) return new Uint8Array(0);
  const significant = number.subarray(first);
  return (significant[0] ?? 0) < 0x80 ? significant : Uint8Array.of(0, ...significant);
}

/** Takes strings of RFC 4251 §5 apart. There have to be exactly `count`. */
export function readSshStrings(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= bytes.length && parts.length < count) {
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) break;
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  if (parts.length !== count || at !== bytes.length)
    throw new WebCryptoError("key-format", `reading a private key: it does not have ${count} parts`);
  return parts;
}

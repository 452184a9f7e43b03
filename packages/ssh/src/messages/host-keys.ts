import { SshReader } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";

// Host key rotation (OpenSSH PROTOCOL §2.5): global requests whose data are strings, one after the other.

/** The server announces its host keys. */
export const HOSTKEYS = "hostkeys-00@openssh.com";
/** The client asks for proofs of some of them; the answer has a signature for each, in the same order. */
export const HOSTKEYS_PROVE = "hostkeys-prove-00@openssh.com";

/** Public keys in wire form, or signatures. */
export function encodeHostKeys(items: readonly Uint8Array[]): Uint8Array {
  const writer = new SshWriter();
  for (const item of items) writer.string(item);
  return writer.take();
}

export function decodeHostKeys(data: Uint8Array): readonly Uint8Array[] {
  const reader = new SshReader(data, "malformed-message", "a list of host keys");
  const items: Uint8Array[] = [];
  while (reader.remaining > 0) items.push(reader.string().slice());
  return items;
}

/** What the server signs to prove that it holds a key: this session, so that the proof is good for no other. */
export function hostKeyProofData(sessionId: Uint8Array, publicBlob: Uint8Array): Uint8Array {
  return new SshWriter().text(HOSTKEYS_PROVE).string(sessionId).string(publicBlob).take();
}

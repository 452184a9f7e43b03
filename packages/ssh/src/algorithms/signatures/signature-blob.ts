import { isSshError } from "../../errors.ts";
import { SshReader } from "../../wire/reader.ts";
import { SshWriter } from "../../wire/writer.ts";

/** The blob of RFC 4253 §6.6: the name of the algorithm, then what the algorithm says. */
export function encodeSignatureBlob(algorithm: string, signature: Uint8Array): Uint8Array {
  return new SshWriter(signature.length + 32).text(algorithm).string(signature).take();
}

/** The inner signature; throws when the blob is malformed or names another algorithm than the negotiated one. */
export function decodeSignatureBlob(blob: Uint8Array, algorithm: string): Uint8Array {
  const reader = new SshReader(blob, "malformed-message", "a signature");
  // RFC 8332 §3: the name inside is that of the signature algorithm, and it has to be the agreed one.
  if (reader.text() !== algorithm) reader.fail(`it is not made with "${algorithm}"`);
  const signature = reader.string();
  reader.end();
  return signature;
}

/** Runs a verification for which malformed bytes of the peer are simply a wrong signature. */
export function verifiesTo(check: () => boolean): boolean {
  try {
    // A provider that answers with something else than a boolean has not said yes.
    return check() === true;
  } catch (error) {
    if (isSshError(error)) return false;
    throw error;
  }
}

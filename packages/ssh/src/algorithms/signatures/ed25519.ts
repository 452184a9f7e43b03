import type { SshErrorCode } from "../../errors.ts";
import { SshReader } from "../../wire/reader.ts";
import { SshWriter } from "../../wire/writer.ts";
import type { HostKeyAlgorithm } from "./host-key-algorithm.ts";
import { decodeSignatureBlob, verifiesTo } from "./signature-blob.ts";

/** RFC 8709. */
export const sshEd25519: HostKeyAlgorithm = {
  name: "ssh-ed25519",
  keyType: "ssh-ed25519",
  verify: (provider, publicBlob, data, signatureBlob) =>
    verifiesTo(() => {
      const publicKey = decodeEd25519Blob(publicBlob);
      const signature = decodeSignatureBlob(signatureBlob, "ssh-ed25519");
      return signature.length === 64 && provider.signature("ed25519").verify(publicKey, data, signature);
    }),
};

/** The 32 bytes of the key (RFC 8709 §4). */
export function decodeEd25519Blob(blob: Uint8Array, code: SshErrorCode = "malformed-message"): Uint8Array {
  const reader = new SshReader(blob, code, "an ssh-ed25519 key");
  if (reader.text() !== "ssh-ed25519") reader.fail("it is of another type");
  const key = reader.string();
  if (key.length !== 32) reader.fail(`it has ${key.length} bytes, not 32`);
  reader.end();
  return key;
}

export function encodeEd25519Blob(publicKey: Uint8Array): Uint8Array {
  return new SshWriter(51).text("ssh-ed25519").string(publicKey).take();
}

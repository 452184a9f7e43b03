import type { SshErrorCode } from "../../errors.ts";
import { bigIntToBytes, bytesToBigInt, SshReader } from "../../wire/reader.ts";
import { SshWriter } from "../../wire/writer.ts";
import { bytesEqual } from "../bytes-equal.ts";
import { modPow } from "../mod-pow.ts";
import type { CryptoProvider } from "../provider.ts";
import type { HostKeyAlgorithm } from "./host-key-algorithm.ts";
import { decodeSignatureBlob, verifiesTo } from "./signature-blob.ts";

// Shorter keys are breakable; longer ones would be a way to keep us busy.
const MIN_BITS = 2048;
const MAX_BITS = 16384;

// RFC 8332 §3. The key type stays "ssh-rsa".
/** rsa-sha2-256. */
export const rsaSha256: HostKeyAlgorithm = /* @__PURE__ */ rsaAlgorithm("rsa-sha2-256", "sha256");
/** rsa-sha2-512. */
export const rsaSha512: HostKeyAlgorithm = /* @__PURE__ */ rsaAlgorithm("rsa-sha2-512", "sha512");

/** SHA-1 is for `legacy.ts` only. */
export type RsaHash = "sha1" | "sha256" | "sha512";

export interface RsaPublicKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  /** Bytes of the modulus, and of a signature. */
  readonly length: number;
}

/** `minBits` is lowered by `legacy.ts` only. */
export function rsaAlgorithm(name: string, hash: RsaHash, minBits: number = MIN_BITS): HostKeyAlgorithm {
  return {
    name,
    keyType: "ssh-rsa",
    verify: (provider, publicBlob, data, signatureBlob) =>
      verifiesTo(() => {
        const key = decodeRsaBlob(publicBlob);
        const signature = decodeSignatureBlob(signatureBlob, name);
        return rsaKeyProblem(key, minBits) === undefined && rsaVerify(provider, hash, key, data, signature);
      }),
  };
}

/** RFC 4253 §6.6: e and n. Checks the form only: what may be used, `rsaKeyProblem` says. */
export function decodeRsaBlob(blob: Uint8Array, code: SshErrorCode = "malformed-message"): RsaPublicKey {
  const reader = new SshReader(blob, code, "an ssh-rsa key");
  if (reader.text() !== "ssh-rsa") reader.fail("it is of another type");
  const exponent = reader.mpint();
  const modulusBytes = reader.mpintBytes();
  reader.end();
  return { modulus: bytesToBigInt(modulusBytes), exponent, length: modulusBytes.length };
}

/** Why a key must not be used, if so: a modulus outside 2048..16384 bit or a useless exponent. */
export function rsaKeyProblem({ modulus, exponent }: RsaPublicKey, minBits: number = MIN_BITS): string | undefined {
  const bits = modulus.toString(2).length;
  if (bits < minBits || bits > MAX_BITS) return `it has ${bits} bits, not ${minBits} to ${MAX_BITS}`;
  if (modulus % 2n === 0n) return "its modulus is even";
  // RFC 8017 §3.1: e is odd and at least 3. A long e would only make us slow.
  if (exponent < 3n || exponent % 2n === 0n || exponent >= 1n << 64n) return "its exponent is not usable";
  return undefined;
}

export function encodeRsaBlob(exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  return new SshWriter(modulus.length + 32).text("ssh-rsa").mpint(exponent).mpint(modulus).take();
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2). Never throws. */
export function rsaVerify(
  provider: CryptoProvider,
  hash: RsaHash,
  key: RsaPublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  // A shorter signature is one whose leading zeros were dropped; RFC 4253 §6.6 forbids that and some signers do it.
  if (signature.length === 0 || signature.length > key.length) return false;
  const number = bytesToBigInt(signature);
  if (number >= key.modulus) return false;
  const block = bigIntToBytes(modPow(number, key.exponent, key.modulus), key.length);
  // The one right block is made and compared whole: parsing the padding is how forgeries slipped through elsewhere.
  return bytesEqual(block, pkcs1Block(provider, hash, data, key.length));
}

/** EMSA-PKCS1-v1_5 (RFC 8017 §9.2): 00 01 ff … ff 00, the name of the hash in DER, the hash. */
export function pkcs1Block(provider: CryptoProvider, hash: RsaHash, data: Uint8Array, length: number): Uint8Array {
  const digest = provider.hash(hash, data);
  const prefix = digestInfo[hash];
  const block = new Uint8Array(length).fill(0xff);
  block[0] = 0;
  block[1] = 1;
  const at = length - prefix.length - digest.length;
  block[at - 1] = 0;
  block.set(prefix, at);
  block.set(digest, at + prefix.length);
  return block;
}

// RFC 8017 §9.2, note 1: the DER of AlgorithmIdentifier and of the header of the octet string.
const digestInfo: Readonly<Record<RsaHash, Uint8Array>> = {
  // biome-ignore format: one line per field
  sha1: Uint8Array.of(
    0x30, 0x21, 0x30, 0x09,
    0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a,
    0x05, 0x00, 0x04, 0x14,
  ),
  // biome-ignore format: one line per field
  sha256: Uint8Array.of(
    0x30, 0x31, 0x30, 0x0d,
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
    0x05, 0x00, 0x04, 0x20,
  ),
  // biome-ignore format: one line per field
  sha512: Uint8Array.of(
    0x30, 0x51, 0x30, 0x0d,
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
    0x05, 0x00, 0x04, 0x40,
  ),
};

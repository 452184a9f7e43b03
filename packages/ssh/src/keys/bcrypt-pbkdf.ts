import type { CryptoProvider } from "../algorithms/provider.ts";
import { readU32 } from "../wire/reader.ts";
import { writeU32 } from "../wire/writer.ts";
import { Blowfish } from "./blowfish.ts";
import type { KeySteps } from "./key-steps.ts";

export interface BcryptPbkdfInput {
  readonly passphrase: Uint8Array;
  readonly salt: Uint8Array;
  /** At least 1. Each round costs some 5 ms for every 32 bytes of the key. */
  readonly rounds: number;
  /** Bytes of the key. */
  readonly length: number;
}

/**
 * The key derivation of OpenSSH key files (bcrypt_pbkdf(3) of OpenBSD): PBKDF2 with a function made of bcrypt in the
 * place of HMAC, and with the bytes of the output blocks interleaved. Stops after every round.
 */
export function* bcryptPbkdf(provider: CryptoProvider, input: BcryptPbkdfInput): KeySteps<Uint8Array> {
  const { passphrase, salt, rounds, length } = input;
  const hash = (bytes: Uint8Array): Int32Array => toWords(provider.hash("sha512", bytes));
  const key = new Uint8Array(length);
  const hashedPassphrase = hash(passphrase);
  const blocks = Math.ceil(length / blockLength);
  const numberedSalt = new Uint8Array(salt.length + 4);
  numberedSalt.set(salt);
  for (let block = 0; block < blocks; block++) {
    writeU32(numberedSalt, salt.length, block + 1);
    let round = bcryptHash(hashedPassphrase, hash(numberedSalt));
    const sum = round.slice();
    yield { done: block * rounds + 1, total: blocks * rounds };
    for (let i = 1; i < rounds; i++) {
      round = bcryptHash(hashedPassphrase, hash(round));
      for (let j = 0; j < blockLength; j++) sum[j] = (sum[j] ?? 0) ^ (round[j] ?? 0);
      yield { done: block * rounds + i + 1, total: blocks * rounds };
    }
    // Unlike in PBKDF2, every block gives bytes to all parts of the key.
    for (let j = 0; j * blocks + block < length; j++) key[j * blocks + block] = sum[j] ?? 0;
  }
  return key;
}

const blockLength = 32;

/** bcrypt with 2^6 rounds of set-up and 64 encryptions of its own text, keyed and salted by 64 bytes each. */
function bcryptHash(key: Int32Array, salt: Int32Array): Uint8Array {
  const cipher = new Blowfish();
  cipher.expand(key, salt);
  for (let i = 0; i < 64; i++) {
    cipher.expand(salt);
    cipher.expand(key);
  }
  const words = toWords(new TextEncoder().encode("OxychromaticBlowfishSwatDynamite"));
  for (let i = 0; i < 64; i++) cipher.encrypt(words);
  const bytes = new Uint8Array(blockLength);
  // Read in network order, written the other way round: so the original does on common machines.
  for (const [i, word] of words.entries()) {
    for (let j = 0; j < 4; j++) bytes[4 * i + j] = word >>> (8 * j);
  }
  return bytes;
}

function toWords(bytes: Uint8Array): Int32Array {
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => readU32(bytes, 4 * i));
}

import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { unsafe } from "@noble/ciphers/aes.js";
import { chacha20orig } from "@noble/ciphers/chacha.js";
import { writeU32 } from "../wire/writer.ts";
import { bytesEqual } from "./bytes-equal.ts";
import { GhashKey } from "./ghash.ts";
import type { ChachaKey, GcmKey, StreamCipher } from "./provider.ts";

/** AES-CTR whose key schedule and 128-bit counter live as long as the keys do. */
export function nobleAesCtr(key: Uint8Array, counterBlock: Uint8Array): StreamCipher {
  const schedule = unsafe.expandKeyLE(key);
  const counter = counterBlock.slice();
  return {
    process: (bytes) => aligned(bytes, (words) => unsafe.ctrCounter(schedule, counter, words, words)),
    destroy: () => {
      schedule.fill(0);
      counter.fill(0);
    },
  };
}

/** AES-GCM (NIST SP 800-38D §7) with key schedule and hash key made once. */
export function nobleAesGcm(key: Uint8Array): GcmKey {
  const schedule = unsafe.expandKeyLE(key);
  const counter = new Uint8Array(16);
  const hashKey = new Uint8Array(16);
  unsafe.ctr32(schedule, false, counter, hashKey, hashKey);
  const ghash = new GhashKey(hashKey);
  hashKey.fill(0);

  /** Sets the counter to J0, gives E(K, J0) and leaves the counter at inc32(J0). */
  const begin = (nonce: Uint8Array): Uint8Array => {
    counter.set(nonce);
    writeU32(counter, 12, 1);
    const mask = new Uint8Array(16);
    unsafe.ctr32(schedule, false, counter, mask, mask);
    return mask;
  };
  const xorBytes = (bytes: Uint8Array): void =>
    aligned(bytes, (words) => unsafe.ctr32(schedule, false, counter, words, words));
  const tagOf = (mask: Uint8Array, additional: Uint8Array, ciphertext: Uint8Array): Uint8Array => {
    const tag = ghash.digestOf(additional, ciphertext);
    for (let i = 0; i < 16; i++) tag[i] = (tag[i] ?? 0) ^ (mask[i] ?? 0);
    return tag;
  };

  return {
    seal: (nonce, additional, bytes, tag) => {
      const mask = begin(nonce);
      xorBytes(bytes);
      tag.set(tagOf(mask, additional, bytes));
    },
    open: (nonce, additional, bytes, tag) => {
      const mask = begin(nonce);
      if (!bytesEqual(tagOf(mask, additional, bytes), tag)) return false;
      xorBytes(bytes);
      return true;
    },
    destroy: () => {
      schedule.fill(0);
      ghash.destroy();
      counter.fill(0);
    },
  };
}

export function nobleChacha20(key: Uint8Array): ChachaKey {
  const own = key.slice();
  return {
    process: (nonce, blockCounter, bytes) => {
      chacha20orig(own, nonce, bytes, bytes, blockCounter);
    },
    destroy: () => own.fill(0),
  };
}

export function noblePoly1305(key: Uint8Array, data: Uint8Array): Uint8Array {
  return poly1305(data, key);
}

/** The block functions work on 32-bit words: memory that is not aligned makes a detour through a copy. */
function aligned(bytes: Uint8Array, process: (bytes: Uint8Array) => unknown): void {
  if (bytes.byteOffset % 4 === 0) {
    process(bytes);
    return;
  }
  const copy = bytes.slice();
  process(copy);
  bytes.set(copy);
  copy.fill(0);
}

import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { unsafe } from "@noble/ciphers/aes.js";
import { chacha20orig } from "@noble/ciphers/chacha.js";
import type { ChachaKey, StreamCipher } from "./provider.ts";

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
export function aligned(bytes: Uint8Array, process: (bytes: Uint8Array) => unknown): void {
  if (bytes.byteOffset % 4 === 0) {
    process(bytes);
    return;
  }
  const copy = bytes.slice();
  process(copy);
  bytes.set(copy);
  copy.fill(0);
}

import { createCipheriv, createDecipheriv, getCiphers } from "node:crypto";
import type { CryptoProvider } from "@netconf-kit/ssh";
import { orUndefined, plainBytes } from "./crypto-bytes.ts";

type StreamCipher = ReturnType<CryptoProvider["aesCtr"]>;
type GcmKey = ReturnType<CryptoProvider["aesGcm"]>;
type ChachaKey = ReturnType<CryptoProvider["chacha20"]>;

/** Whether this runtime has a cipher under its OpenSSL name. */
export function runsCipher(name: string, keyLength: number, ivLength: number): boolean {
  if (!getCiphers().includes(name)) return false;
  return orUndefined(() => createCipheriv(name, new Uint8Array(keyLength), new Uint8Array(ivLength))) !== undefined;
}

/** AES in counter mode: one cipher object for the life of the keys, its counter over all 128 bits. */
export function nodeAesCtr(key: Uint8Array, counterBlock: Uint8Array): StreamCipher {
  const cipher = createCipheriv(`aes-${8 * key.length}-ctr`, key, counterBlock);
  return {
    process: (bytes) => bytes.set(cipher.update(bytes)),
    destroy: () => {},
  };
}

/** AES-GCM. A cipher object serves one nonce only, so there is one for each packet; OpenSSL's part of that is cheap. */
export function nodeAesGcm(key: Uint8Array): GcmKey {
  const own = key.slice();
  const name = key.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
  const options = { authTagLength: 16 };

  const openApart: NonNullable<GcmKey["openApart"]> = (nonce, additional, bytes, tag) => {
    // OpenSSL would take a shorter tag for what it is.
    if (tag.length !== 16) return undefined;
    const decipher = createDecipheriv(name, own, nonce, options);
    decipher.setAAD(additional);
    decipher.setAuthTag(tag);
    const plain = decipher.update(bytes);
    try {
      decipher.final();
    } catch {
      // What was not authenticated is not left lying about.
      plain.fill(0);
      return undefined;
    }
    return plainBytes(plain);
  };

  return {
    seal: (nonce, additional, bytes, tag) => {
      const cipher = createCipheriv(name, own, nonce, options);
      cipher.setAAD(additional);
      bytes.set(cipher.update(bytes));
      cipher.final();
      tag.set(cipher.getAuthTag());
    },
    open: (nonce, additional, bytes, tag) => {
      const plain = openApart(nonce, additional, bytes, tag);
      if (plain === undefined) return false;
      bytes.set(plain);
      return true;
    },
    openApart,
    destroy: () => own.fill(0),
  };
}

/**
 * The original ChaCha20: OpenSSL takes the 64-bit block counter (little-endian) and the nonce together as 16 bytes.
 *
 * A packet takes block 0 for its Poly1305 key and the blocks from 1 on for itself: one cipher object serves both.
 */
export function nodeChacha20(key: Uint8Array): ChachaKey {
  const own = key.slice();
  const iv = new Uint8Array(16);
  const counter = new DataView(iv.buffer);
  const firstBlock = new Uint8Array(64);
  /** Stands at block 1 of the nonce that is in `iv`. */
  let ahead: ReturnType<typeof createCipheriv> | undefined;

  const start = (nonce: Uint8Array, blockCounter: number): ReturnType<typeof createCipheriv> => {
    iv.set(nonce, 8);
    counter.setUint32(0, blockCounter, true);
    return createCipheriv("chacha20", own, iv);
  };

  return {
    process: (nonce, blockCounter, bytes) => {
      if (blockCounter === 1 && ahead !== undefined && sameNonce(iv, nonce)) bytes.set(ahead.update(bytes));
      else if (blockCounter === 0 && bytes.length === 32) {
        firstBlock.set(bytes);
        const cipher = start(nonce, 0);
        bytes.set(cipher.update(firstBlock).subarray(0, 32));
        firstBlock.fill(0, 0, 32);
        ahead = cipher;
        return;
      } else bytes.set(start(nonce, blockCounter).update(bytes));
      ahead = undefined;
    },
    destroy: () => {
      own.fill(0);
      ahead = undefined;
    },
  };
}

function sameNonce(iv: Uint8Array, nonce: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (iv[8 + i] !== nonce[i]) return false;
  return nonce.length === 8;
}

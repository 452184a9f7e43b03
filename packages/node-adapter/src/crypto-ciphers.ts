import { createCipheriv, createDecipheriv, createSecretKey, getCiphers, type KeyObject } from "node:crypto";
import type { CryptoProvider } from "@netconf-kit/ssh";
import { freeBytes, freeMemory, IS_NODE, isWorthFreeing, orUndefined, plainBytes } from "./crypto-bytes.ts";

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
    process: (bytes) => replace(bytes, cipher.update(bytes)),
    destroy: () => {},
  };
}

/** On the memory of each plain text of `openApart`: what has it is known to be nobody else's. A set of all would be slower. */
const OPENED_APART = Symbol("opened apart");

/** For `CryptoProvider.recycle`. */
export function recyclePlain(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (OPENED_APART in buffer) freeMemory(buffer);
}

/** AES-GCM. */
export function nodeAesGcm(key: Uint8Array): GcmKey {
  return new NodeGcmKey(key);
}

/** A cipher object serves one nonce only, so there is one for each packet; OpenSSL's part of that is cheap. */
class NodeGcmKey implements GcmKey {
  readonly #name: "aes-128-gcm" | "aes-256-gcm";
  readonly #key: Uint8Array | KeyObject;

  constructor(key: Uint8Array) {
    this.#name = key.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
    this.#key = packetKey(key);
  }

  seal(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): void {
    const cipher = createCipheriv(this.#name, this.#key, nonce, GCM_OPTIONS);
    cipher.setAAD(additional);
    replace(bytes, cipher.update(bytes));
    cipher.final();
    tag.set(cipher.getAuthTag());
  }

  open(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): boolean {
    const plain = this.#decrypt(nonce, additional, bytes, tag);
    if (plain === undefined) return false;
    replace(bytes, plain);
    return true;
  }

  openApart(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): Uint8Array | undefined {
    const plain = this.#decrypt(nonce, additional, bytes, tag);
    if (plain === undefined) return undefined;
    if (isWorthFreeing(plain.buffer)) Object.assign(plain.buffer, { [OPENED_APART]: true });
    return plainBytes(plain);
  }

  destroy(): void {
    wipe(this.#key);
  }

  #decrypt(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): Uint8Array | undefined {
    // OpenSSL would take a shorter tag for what it is.
    if (tag.length !== 16) return undefined;
    const decipher = createDecipheriv(this.#name, this.#key, nonce, GCM_OPTIONS);
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
    return plain;
  }
}

const GCM_OPTIONS = { authTagLength: 16 } as const;

/**
 * The original ChaCha20: OpenSSL takes the 64-bit block counter (little-endian) and the nonce together as 16 bytes.
 *
 * A packet takes block 0 for its Poly1305 key and the blocks from 1 on for itself: one cipher object serves both.
 */
export function nodeChacha20(key: Uint8Array): ChachaKey {
  const own = packetKey(key);
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
      if (blockCounter === 1 && ahead !== undefined && sameNonce(iv, nonce)) replace(bytes, ahead.update(bytes));
      else if (blockCounter === 0 && bytes.length === 32) {
        firstBlock.set(bytes);
        const cipher = start(nonce, 0);
        bytes.set(cipher.update(firstBlock).subarray(0, 32));
        firstBlock.fill(0, 0, 32);
        ahead = cipher;
        return;
      } else replace(bytes, start(nonce, blockCounter).update(bytes));
      ahead = undefined;
    },
    destroy: () => {
      wipe(own);
      ahead = undefined;
    },
  };
}

/** Bytes can be wiped; but where Node.js 24 gets those for each packet, it needs four times as long as with a key object. */
function packetKey(key: Uint8Array): Uint8Array | KeyObject {
  return PREFERS_KEY_OBJECTS ? createSecretKey(key) : key.slice();
}

const PREFERS_KEY_OBJECTS = IS_NODE && Number.parseInt(process.versions.node, 10) >= 23;

/** OpenSSL wipes the memory of a key object itself, when it is collected. */
function wipe(key: Uint8Array | KeyObject): void {
  if (key instanceof Uint8Array) key.fill(0);
}

/** `result` goes to where `bytes` were; its own memory has served its turn. */
function replace(bytes: Uint8Array, result: Uint8Array): void {
  bytes.set(result);
  freeBytes(result);
}

function sameNonce(iv: Uint8Array, nonce: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (iv[8 + i] !== nonce[i]) return false;
  return nonce.length === 8;
}

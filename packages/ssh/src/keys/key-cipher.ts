import { cbc } from "@noble/ciphers/aes.js";
import { bytesEqual } from "../algorithms/bytes-equal.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";

/** A cipher of the openssh-key-v1 format. Key and IV come out of one key derivation. */
export interface KeyCipher {
  readonly keyLength: number;
  readonly ivLength: number;
  readonly blockLength: number;
  /** Bytes of the tag behind the encrypted part. */
  readonly tagLength: number;
  /** The plain bytes, in place or as new ones; `undefined` when the tag is wrong. */
  open(provider: CryptoProvider, keys: CipherKeys, bytes: Uint8Array, tag: Uint8Array): Uint8Array | undefined;
  /** Encrypts in place and gives the tag; absent where only reading is supported. */
  readonly seal?: (provider: CryptoProvider, keys: CipherKeys, bytes: Uint8Array) => Uint8Array;
}

export interface CipherKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** The cipher with this name. 3DES has none: no program writes it any more. */
export function keyCipher(name: string): KeyCipher | undefined {
  return ciphers.get(name);
}

/** AES-CBC without its padding, which each file format checks by its own rule. */
export function decryptCbc({ key, iv }: CipherKeys, bytes: Uint8Array): Uint8Array {
  return cbc(key, iv, { disablePadding: true }).decrypt(bytes);
}

function ctr(keyLength: number): KeyCipher {
  const apply = (provider: CryptoProvider, { key, iv }: CipherKeys, bytes: Uint8Array): Uint8Array => {
    const cipher = provider.aesCtr(key, iv);
    cipher.process(bytes);
    cipher.destroy();
    return bytes;
  };
  return {
    ...{ keyLength, ivLength: 16, blockLength: 16, tagLength: 0 },
    open: apply,
    seal: (provider, keys, bytes) => {
      apply(provider, keys, bytes);
      return new Uint8Array(0);
    },
  };
}

function gcm(keyLength: number): KeyCipher {
  const nothing = new Uint8Array(0);
  return {
    ...{ keyLength, ivLength: 12, blockLength: 16, tagLength: 16 },
    open: (provider, { key, iv }, bytes, tag) => {
      const cipher = provider.aesGcm(key);
      const right = cipher.open(iv, nothing, bytes, tag) === true;
      cipher.destroy();
      return right ? bytes : undefined;
    },
    seal: (provider, { key, iv }, bytes) => {
      const cipher = provider.aesGcm(key);
      const tag = new Uint8Array(16);
      cipher.seal(iv, nothing, bytes, tag);
      cipher.destroy();
      return tag;
    },
  };
}

function cbcCipher(keyLength: number): KeyCipher {
  return {
    ...{ keyLength, ivLength: 16, blockLength: 16, tagLength: 0 },
    open: (_provider, keys, bytes) => decryptCbc(keys, bytes),
  };
}

/** The packet cipher with sequence number 0. The second half of its key would be for the packet length. */
const chacha20Poly1305: KeyCipher = {
  ...{ keyLength: 64, ivLength: 0, blockLength: 8, tagLength: 16 },
  open: (provider, { key }, bytes, tag) => {
    const cipher = provider.chacha20(key.subarray(0, 32));
    const nonce = new Uint8Array(8);
    const authenticator = new Uint8Array(32);
    cipher.process(nonce, 0, authenticator);
    const right = bytesEqual(provider.poly1305(authenticator, bytes), tag);
    if (right) cipher.process(nonce, 1, bytes);
    cipher.destroy();
    return right ? bytes : undefined;
  },
};

const ciphers: ReadonlyMap<string, KeyCipher> = new Map([
  ["aes128-ctr", ctr(16)],
  ["aes192-ctr", ctr(24)],
  ["aes256-ctr", ctr(32)],
  ["aes128-gcm@openssh.com", gcm(16)],
  ["aes256-gcm@openssh.com", gcm(32)],
  ["aes128-cbc", cbcCipher(16)],
  ["aes192-cbc", cbcCipher(24)],
  ["aes256-cbc", cbcCipher(32)],
  ["chacha20-poly1305@openssh.com", chacha20Poly1305],
]);

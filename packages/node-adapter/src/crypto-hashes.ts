import { createHash, createHmac, createSecretKey } from "node:crypto";
import type { CryptoProvider } from "@netconf-kit/ssh";
import { plainBytes } from "./crypto-bytes.ts";

type HashName = Parameters<CryptoProvider["hash"]>[0];

const tagLengths: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

export function nodeHash(name: HashName, data: Uint8Array): Uint8Array {
  return plainBytes(createHash(name).update(data).digest());
}

export function nodeIncrementalHash(name: HashName): ReturnType<CryptoProvider["createHash"]> {
  const hash = createHash(name);
  const incremental: ReturnType<CryptoProvider["createHash"]> = {
    update: (data) => {
      hash.update(data);
      return incremental;
    },
    digest: () => plainBytes(hash.digest()),
  };
  return incremental;
}

export function nodeHmacKey(name: HashName, key: Uint8Array): ReturnType<CryptoProvider["hmacKey"]> {
  let secret: ReturnType<typeof createSecretKey> | undefined = createSecretKey(key);
  return {
    tagLength: tagLengths[name],
    compute: (first, second) => {
      if (secret === undefined) throw new Error("this key has been destroyed");
      const hmac = createHmac(name, secret).update(first);
      if (second !== undefined) hmac.update(second);
      return plainBytes(hmac.digest());
    },
    destroy: () => {
      secret = undefined;
    },
  };
}

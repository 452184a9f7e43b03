import type { Signer } from "@netconf-kit/ssh";
import { WebCryptoError } from "./crypto-errors.ts";
import { kindOfKey, publicBlobOf, type SignatureKind } from "./crypto-kinds.ts";
import { type WebJwk, type WebKey, type WebSubtle, webBytes } from "./crypto-subtle.ts";
import { sshStrings } from "./crypto-wire.ts";

/** A `CryptoKeyPair`. The private half may be one that cannot be taken out. */
export interface WebKeyPair {
  readonly privateKey: WebKey;
  readonly publicKey: WebKey;
}

/**
 * A signer of a key pair that WebCrypto holds: Ed25519, ECDSA on P-256, P-384 or P-521, or RSASSA-PKCS1-v1_5 with SHA-256
 * or SHA-512 and at least 2048 bit. The private key never leaves the runtime, which may keep it in its own store.
 *
 * Rejects with `key-not-supported` and `key-format` (`WebCryptoError`); the signer throws `local-usage`.
 *
 * @example
 * const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
 * const key = await webCryptoSigner(crypto.subtle, pair);
 * const authentication = [{ method: "publickey", key }];
 */
export async function webCryptoSigner(subtle: WebSubtle, { privateKey, publicKey }: WebKeyPair): Promise<Signer> {
  const kind = kindOfKey(privateKey);
  return signerOf(subtle, publicBlobOf(await exported(subtle, publicKey)), [{ kind, key: privateKey }]);
}

async function exported(subtle: WebSubtle, publicKey: WebKey): Promise<WebJwk> {
  try {
    return await subtle.exportKey("jwk", publicKey);
  } catch (cause) {
    throw new WebCryptoError("key-format", "using a key pair: its public half cannot be taken out", { cause });
  }
}

/** A private key as WebCrypto wants it for one algorithm. */
export interface HeldKey {
  readonly kind: SignatureKind;
  readonly key: WebKey;
}

export function signerOf(subtle: WebSubtle, publicBlob: Uint8Array, keys: readonly HeldKey[]): Signer {
  const algorithms = keys.map(({ kind }) => kind.name);
  return {
    algorithms,
    publicBlob,
    sign: async (data, algorithm) => {
      const held = keys.find(({ kind }) => kind.name === algorithm);
      if (held === undefined)
        throw new WebCryptoError("local-usage", `signing with "${algorithm}": this key does ${algorithms.join(", ")}`);
      const { kind, key } = held;
      return sshStrings([
        kind.name,
        kind.encode(new Uint8Array(await subtle.sign(kind.signature, key, webBytes(data)))),
      ]);
    },
  };
}

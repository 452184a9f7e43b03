import type { Signer } from "@netconf-kit/ssh";
import { WebCryptoError } from "./crypto-errors.ts";
import type { PrivateJwk } from "./crypto-jwk.ts";
import { kindsOfJwk, publicBlobOf } from "./crypto-kinds.ts";
import { signerOf } from "./crypto-signer.ts";
import type { WebSubtle } from "./crypto-subtle.ts";

/**
 * Hands a private key to WebCrypto, which does not give it out again, and signs with it: Ed25519 (where the runtime has it),
 * ECDSA on P-256, P-384 or P-521, or RSA of at least 2048 bit with SHA-512 and SHA-256. For RSA it is about ten times as fast
 * as big integers of the language, and its time does not depend on the key.
 *
 * Rejects with `key-not-supported` and `key-format` (`WebCryptoError`); the signer throws `local-usage`.
 *
 * @example
 * const key = await importSigner(crypto.subtle, privateJwk(parsePrivateKey(text)));
 * const authentication = [{ method: "publickey", key }];
 */
export async function importSigner(subtle: WebSubtle, jwk: PrivateJwk): Promise<Signer> {
  const publicBlob = publicBlobOf(jwk);
  const { kty, crv, n, e, d, p, q, dp, dq, qi, x, y } = jwk;
  if (d === undefined) throw new WebCryptoError("key-format", "importing a private key: it has no secret part");
  // Only the numbers: other members may forbid a use that is meant here.
  const numbers = Object.fromEntries(
    Object.entries({ kty, crv, n, e, d, p, q, dp, dq, qi, x, y }).filter(([, value]) => value !== undefined),
  );
  try {
    const keys = kindsOfJwk(jwk).map(async (kind) => ({
      kind,
      key: await subtle.importKey("jwk", numbers, kind.key, false, ["sign"]),
    }));
    return signerOf(subtle, publicBlob, await Promise.all(keys));
  } catch (cause) {
    // Not every runtime has Ed25519. Its text may say anything; the key is not in ours.
    const missing = cause instanceof Error && cause.name === "NotSupportedError";
    const code = missing ? "key-not-supported" : "key-format";
    throw new WebCryptoError(code, "importing a private key: the runtime does not take it", { cause });
  }
}

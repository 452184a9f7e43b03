import { SshError } from "../../errors.ts";
import { SshWriter } from "../../wire/writer.ts";
import type { CryptoProvider } from "../provider.ts";
import type { PublicValueKex, SharedSecret } from "./kex-algorithm.ts";

/**
 * draft-ietf-sshm-mlkem-hybrid-kex: C_INIT is the ML-KEM public key and the X25519 public key, S_REPLY the ciphertext
 * and the X25519 public key. K = SHA-256(K_PQ || K_CL), which enters the hashes as a string, not as an mpint.
 */
export const mlkem768X25519: PublicValueKex = {
  kind: "public-values",
  name: "mlkem768x25519-sha256",
  hash: "sha256",
  start: (provider, random) => {
    const { kem, curve } = parts(provider);
    const post = kem.generate(random);
    const classical = curve.generate(random);
    return {
      publicValue: concat(post.publicKey, classical.publicKey),
      finish: (serverPublic) => {
        requireLength(serverPublic, kem.ciphertextLength + curve.publicKeyLength);
        const secret = combine(
          provider,
          kem.decapsulate(serverPublic.subarray(0, kem.ciphertextLength), post.secretKey),
          curve.sharedSecret(classical.secretKey, serverPublic.subarray(kem.ciphertextLength)),
        );
        post.secretKey.fill(0);
        classical.secretKey.fill(0);
        return secret;
      },
    };
  },
  respond: (provider, random, clientPublic) => {
    const { kem, curve } = parts(provider);
    requireLength(clientPublic, kem.publicKeyLength + curve.publicKeyLength);
    const encapsulated = kem.encapsulate(clientPublic.subarray(0, kem.publicKeyLength), random);
    const classical = curve.generate(random);
    const shared = curve.sharedSecret(classical.secretKey, clientPublic.subarray(kem.publicKeyLength));
    classical.secretKey.fill(0);
    if (encapsulated === undefined) throw unusable("its ML-KEM key is not valid");
    return {
      publicValue: concat(encapsulated.ciphertext, classical.publicKey),
      secret: combine(provider, encapsulated.secret, shared),
    };
  },
};

function parts(provider: CryptoProvider) {
  return { kem: provider.kem("mlkem768"), curve: provider.keyAgreement("x25519") };
}

function combine(
  provider: CryptoProvider,
  post: Uint8Array | undefined,
  classical: Uint8Array | undefined,
): SharedSecret {
  // The X25519 half is checked as in RFC 8731 §3.
  if (post === undefined || classical === undefined || classical.every((byte) => byte === 0))
    throw unusable("it gives no secret");
  const both = concat(post, classical);
  const encoded = new SshWriter(36).string(provider.hash("sha256", both)).take();
  for (const secret of [post, classical, both]) secret.fill(0);
  return { encoded };
}

function requireLength(value: Uint8Array, length: number): void {
  if (value.length !== length) throw unusable(`it has ${value.length} bytes, not ${length}`);
}

function unusable(why: string): SshError {
  return new SshError("key-exchange-failed", `"mlkem768x25519-sha256": the peer's public value is not usable: ${why}`);
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const result = new Uint8Array(left.length + right.length);
  result.set(left);
  result.set(right, left.length);
  return result;
}

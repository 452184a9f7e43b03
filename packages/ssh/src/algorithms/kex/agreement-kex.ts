import { SshError } from "../../errors.ts";
import { SshWriter } from "../../wire/writer.ts";
import type { HashName, KeyAgreementName } from "../provider.ts";
import type { PublicValueKex, SharedSecret } from "./kex-algorithm.ts";

/** Diffie-Hellman on a curve: K is the X coordinate as mpint (RFC 5656 §4, RFC 8731 §3.1). */
export function agreementKex(name: string, hash: HashName, agreementName: KeyAgreementName): PublicValueKex {
  return {
    kind: "public-values",
    name,
    hash,
    start: (provider, random) => {
      const agreement = provider.keyAgreement(agreementName);
      const { secretKey, publicKey } = agreement.generate(random);
      return {
        publicValue: publicKey,
        finish: (serverPublic) => {
          const shared = agreement.sharedSecret(secretKey, serverPublic);
          secretKey.fill(0);
          return secretOf(name, shared);
        },
      };
    },
    respond: (provider, random, clientPublic) => {
      const agreement = provider.keyAgreement(agreementName);
      const { secretKey, publicKey } = agreement.generate(random);
      const shared = agreement.sharedSecret(secretKey, clientPublic);
      secretKey.fill(0);
      return { publicValue: publicKey, secret: secretOf(name, shared) };
    },
  };
}

function secretOf(name: string, shared: Uint8Array | undefined): SharedSecret {
  // RFC 8731 §3 and RFC 5656 §4: a value of the wrong length, off the curve or of low order ends the exchange. The
  // all-zero secret is looked for here too, whatever the provider does.
  if (shared === undefined || shared.every((byte) => byte === 0))
    throw new SshError("key-exchange-failed", `"${name}": the peer's public value is not usable`);
  const encoded = new SshWriter(shared.length + 5).mpint(shared).take();
  shared.fill(0);
  return { encoded };
}

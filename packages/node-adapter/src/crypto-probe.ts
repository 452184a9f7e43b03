import type { CryptoProvider } from "@netconf-kit/ssh";
import { orUndefined } from "./crypto-bytes.ts";

/** A fixed secret will do: the question is only whether the calls are there and fit together. */
const anySecret = (length: number): Uint8Array => new Uint8Array(length).fill(1);

/** Whether two keys made here lead both sides to the same secret. */
export function agrees(agreement: ReturnType<CryptoProvider["keyAgreement"]>): boolean {
  return (
    orUndefined(() => {
      const left = agreement.generate(anySecret);
      const right = agreement.generate((length) => anySecret(length).fill(2));
      const secret = agreement.sharedSecret(left.secretKey, right.publicKey);
      const same = agreement.sharedSecret(right.secretKey, left.publicKey);
      return secret !== undefined && same !== undefined && Buffer.compare(secret, same) === 0;
    }) === true
  );
}

/** Whether a signature made here is right here, and another one is not. */
export function signs(scheme: ReturnType<CryptoProvider["signature"]>): boolean {
  return (
    orUndefined(() => {
      const { secretKey, publicKey } = scheme.generate(anySecret);
      const signature = scheme.sign(secretKey, publicKey);
      const wrong = new Uint8Array(signature.length).fill(1);
      return scheme.verify(publicKey, publicKey, signature) && !scheme.verify(publicKey, publicKey, wrong);
    }) === true
  );
}

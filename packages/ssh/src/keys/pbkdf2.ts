import type { CryptoProvider, HashName } from "../algorithms/provider.ts";
import { SshWriter } from "../wire/writer.ts";
import type { KeySteps } from "./key-steps.ts";

export interface Pbkdf2Input {
  readonly hash: HashName;
  readonly passphrase: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Bytes of the key. */
  readonly length: number;
}

/** PBKDF2 with HMAC (RFC 8018 §5.2). Stops some hundred times a second. */
export function* pbkdf2(provider: CryptoProvider, input: Pbkdf2Input): KeySteps<Uint8Array> {
  const { hash, passphrase, salt, iterations, length } = input;
  const hmac = provider.hmacKey(hash, passphrase);
  const key = new Uint8Array(length);
  const blocks = Math.ceil(length / hmac.tagLength);
  for (let block = 0; block < blocks; block++) {
    let round = hmac.compute(salt, new SshWriter(4).u32(block + 1).take());
    const sum = round.slice();
    for (let i = 1; i < iterations; i++) {
      if (i % stepIterations === 0) yield { done: block * iterations + i, total: blocks * iterations };
      round = hmac.compute(round);
      for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] ?? 0) ^ (round[j] ?? 0);
    }
    key.set(sum.subarray(0, length - block * sum.length), block * sum.length);
  }
  hmac.destroy();
  return key;
}

const stepIterations = 2000;

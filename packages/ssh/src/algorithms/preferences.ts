import type { KexAlgorithm } from "./kex/kex-algorithm.ts";
import type { CipherAlgorithm, MacAlgorithm } from "./packet-cipher.ts";
import type { HostKeyAlgorithm } from "./signatures/host-key-algorithm.ts";

/** What one side offers, best first. Algorithms are values: what is not named here is not bundled. */
export interface AlgorithmPreferences {
  readonly keyExchange: readonly KexAlgorithm[];
  readonly hostKey: readonly HostKeyAlgorithm[];
  /** Both directions offer the same ciphers and MACs. */
  readonly cipher: readonly CipherAlgorithm[];
  readonly mac: readonly MacAlgorithm[];
}

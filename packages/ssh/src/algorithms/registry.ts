import type { AlgorithmPreferences } from "./preferences.ts";
import { compatible, modern } from "./presets.ts";
import type { CryptoProvider } from "./provider.ts";
import type { HostKeyAlgorithm } from "./signatures/host-key-algorithm.ts";

export type { AlgorithmPreferences };

/** `compatible`, under the name of its use. */
export const defaultClientAlgorithms: AlgorithmPreferences = compatible;

/** `modern`, under the name of its use. */
export const defaultServerAlgorithms: AlgorithmPreferences = modern;

/** The algorithm of a list with this name. */
export function algorithmNamed<A extends { readonly name: string }>(
  algorithms: readonly A[],
  name: string,
): A | undefined {
  return algorithms.find((algorithm) => algorithm.name === name);
}

/**
 * Whether `signatureBlob` is a right signature of `algorithm` over `data`, made with the key `publicBlob`.
 * `false` also for an algorithm that is not in `allowed`, for a key of another type and for anything malformed.
 */
export function verifySignature(
  provider: CryptoProvider,
  allowed: readonly HostKeyAlgorithm[],
  algorithm: string,
  publicBlob: Uint8Array,
  data: Uint8Array,
  signatureBlob: Uint8Array,
): boolean {
  return algorithmNamed(allowed, algorithm)?.verify(provider, publicBlob, data, signatureBlob) === true;
}

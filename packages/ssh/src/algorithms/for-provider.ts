import type { AlgorithmPreferences } from "./preferences.ts";
import type { CryptoProvider } from "./provider.ts";

/**
 * A preset with its ciphers in the order of their speed with this provider. Made once: connections share it.
 *
 * @example
 * const algorithms = forProvider(modern, nobleProvider);
 */
export function forProvider(preset: AlgorithmPreferences, provider: CryptoProvider): AlgorithmPreferences {
  let presets = known.get(provider);
  if (presets === undefined) {
    presets = new WeakMap();
    known.set(provider, presets);
  }
  let ordered = presets.get(preset);
  if (ordered === undefined) {
    ordered = inOrder(preset, provider);
    presets.set(preset, ordered);
  }
  return ordered;
}

const known = new WeakMap<CryptoProvider, WeakMap<AlgorithmPreferences, AlgorithmPreferences>>();

function inOrder(preset: AlgorithmPreferences, { preferredCiphers = [] }: CryptoProvider): AlgorithmPreferences {
  const fast = preferredCiphers.flatMap((name) => preset.cipher.filter((cipher) => cipher.name === name));
  return { ...preset, cipher: [...fast, ...preset.cipher.filter((cipher) => !fast.includes(cipher))] };
}

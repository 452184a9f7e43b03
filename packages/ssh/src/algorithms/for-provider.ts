import type { AlgorithmPreferences } from "./preferences.ts";
import type { CryptoProvider } from "./provider.ts";

/** A preset with its ciphers in the order of their speed with this provider. */
export function forProvider(
  preset: AlgorithmPreferences,
  { preferredCiphers = [] }: CryptoProvider,
): AlgorithmPreferences {
  const fast = preferredCiphers.flatMap((name) => preset.cipher.filter((cipher) => cipher.name === name));
  return { ...preset, cipher: [...fast, ...preset.cipher.filter((cipher) => !fast.includes(cipher))] };
}

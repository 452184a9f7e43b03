import type { CryptoProvider } from "../../src/algorithms/provider.ts";

/** A provider that also answers later for AES-GCM, with its own cryptography: the jobs are real, their order is the test's. */
export function laterProvider(provider: CryptoProvider, leastBytes = 1024): CryptoProvider {
  return {
    ...provider,
    name: `${provider.name}, later`,
    aesGcm: (secret) => {
      const key = provider.aesGcm(secret);
      // destroy() of the one that answers at once must not reach this one: WebCrypto keeps its own.
      const aside = provider.aesGcm(secret);
      return {
        ...key,
        later: {
          leastBytes,
          seal: async (nonce, additional, bytes) => {
            const sealed = new Uint8Array(bytes.length + 16);
            sealed.set(bytes);
            aside.seal(nonce, additional, sealed.subarray(0, bytes.length), sealed.subarray(bytes.length));
            return sealed;
          },
          open: async (nonce, additional, bytes) => {
            const plain = bytes.slice(0, -16);
            return aside.open(nonce, additional, plain, bytes.subarray(-16)) ? plain : undefined;
          },
        },
      };
    },
  };
}

import { nistAgreements, nistSchemes } from "./noble-nist.ts";
import { slimNobleProvider } from "./noble-slim.ts";
import type { CryptoProvider } from "./provider.ts";

/**
 * The default provider: audited cryptography in plain JavaScript, the same on every runtime. It makes no promise about
 * timing beyond what a JIT compiler allows.
 */
export const nobleProvider: CryptoProvider = {
  ...slimNobleProvider,
  name: "noble",
  keyAgreement: (name) => (name === "x25519" ? slimNobleProvider.keyAgreement(name) : nistAgreements[name]),
  signature: (name) => (name === "ed25519" ? slimNobleProvider.signature(name) : nistSchemes[name]),
};

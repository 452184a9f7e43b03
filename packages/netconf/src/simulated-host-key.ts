import { type CryptoProvider, generateKey, nobleProvider, type PrivateKey } from "@netconf-kit/ssh";

/**
 * The ed25519 host key of a simulated device: always the same for a seed and a number, so that a manager's list of known keys
 * can be written before the fleet runs. Whoever knows the seed has the key: for laboratories only.
 *
 * @example
 * const fingerprint = fingerprintSha256(simulatedHostKey("lab", 0).publicBlob);
 */
export function simulatedHostKey(seed: string, index: number, provider: CryptoProvider = nobleProvider): PrivateKey {
  const text = new TextEncoder().encode(`simulated host key ${index} of ${seed}`);
  // Not random at all, and that is the point.
  return generateKey("ssh-ed25519", (length) => provider.hash("sha512", text).slice(0, length), {
    comment: `device-${index + 1}`,
    provider,
  });
}

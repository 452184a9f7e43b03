import { formatPrivateKey, generateKey, type PrivateKey } from "@netconf-kit/ssh";

/** The keys of every rival, the same in each process. They protect nothing. */
export function benchKey(seed: number, provider?: Parameters<typeof generateKey>[2]): PrivateKey {
  return generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(seed), provider);
}

export const HOST_SEED = 1;
export const USER_SEED = 2;

/** The key as OpenSSH writes it. */
export function benchKeyFile(seed: number): string {
  return formatPrivateKey(benchKey(seed));
}

import { scaledPi } from "../pi.ts";
import type { HashName } from "../provider.ts";
import { type DhGroup, startDiffieHellman } from "./diffie-hellman.ts";
import type { PublicValueKex } from "./kex-algorithm.ts";

// RFC 8268 §3. Their generator is 2 (RFC 3526).
/** diffie-hellman-group14-sha256, 2048 bit. */
export const group14Sha256: PublicValueKex = /* @__PURE__ */ modpKex("diffie-hellman-group14-sha256", "sha256", 14);
/** diffie-hellman-group16-sha512, 4096 bit. */
export const group16Sha512: PublicValueKex = /* @__PURE__ */ modpKex("diffie-hellman-group16-sha512", "sha512", 16);
/** diffie-hellman-group18-sha512, 8192 bit. */
export const group18Sha512: PublicValueKex = /* @__PURE__ */ modpKex("diffie-hellman-group18-sha512", "sha512", 18);

export type ModpGroupNumber = 14 | 16 | 18;

/** A finite-field method whose group is fixed by its name. */
export function modpKex(name: string, hash: HashName, number: ModpGroupNumber): PublicValueKex {
  return {
    kind: "public-values",
    name,
    hash,
    start: (_provider, random) => startDiffieHellman(name, modpGroup(number), random),
    respond: (_provider, random, clientPublic) => {
      const { publicValue, finish } = startDiffieHellman(name, modpGroup(number), random);
      return { publicValue, secret: finish(clientPublic) };
    },
  };
}

/**
 * A group of RFC 3526, made at its first use: p = 2^n - 2^(n-64) - 1 + 2^64 · (floor(2^(n-130) · pi) + k). The parts
 * leave nobody a choice, and computing them takes a few milliseconds, where writing them out takes kilobytes.
 */
export function modpGroup(number: ModpGroupNumber): DhGroup {
  const known = groups.get(number);
  if (known !== undefined) return known;
  const { bits, k } = parameters[number];
  const size = BigInt(bits);
  const prime = (1n << size) - (1n << (size - 64n)) - 1n + ((scaledPi(bits - 130) + k) << 64n);
  const group = { prime, generator: 2n };
  groups.set(number, group);
  return group;
}

const groups = new Map<ModpGroupNumber, DhGroup>();

// RFC 3526 §3, §5, §7.
const parameters: Readonly<Record<ModpGroupNumber, { readonly bits: number; readonly k: bigint }>> = {
  14: { bits: 2048, k: 124476n },
  16: { bits: 4096, k: 240904n },
  18: { bits: 8192, k: 4743158n },
};

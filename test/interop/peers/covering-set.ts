import type { AlgorithmNames } from "./ssh-peers.ts";

/** What one conversation runs with. */
export interface Suite {
  readonly kex: string;
  readonly hostKey: string;
  readonly cipher: string;
  /** `implicit` with a cipher that authenticates by itself. */
  readonly mac: string;
  /** The cryptography on our side. */
  readonly provider: string;
}

export type Factor = keyof Suite;

/** Which values have met, over all peers, and how often each was used. */
export class PairLedger {
  readonly #pairs: Set<string> = new Set();
  readonly #uses: Map<string, number> = new Map();

  get size(): number {
    return this.#pairs.size;
  }

  /** How many of the chosen values this one has not met yet. */
  newPairs(value: string, chosen: readonly string[]): number {
    return chosen.filter((other) => !this.#pairs.has(pairOf(value, other))).length;
  }

  uses(value: string): number {
    return this.#uses.get(value) ?? 0;
  }

  add(suite: Suite): void {
    const values = Object.values(suite).filter((value) => value !== "implicit");
    for (const [i, value] of values.entries()) {
      this.#uses.set(value, this.uses(value) + 1);
      for (const other of values.slice(0, i)) this.#pairs.add(pairOf(value, other));
    }
  }
}

/**
 * As few suites as it takes to use every value once, so put together that values meet that have not met before; the
 * ledger carries that on from peer to peer. The same input gives the same suites.
 *
 * A MAC counts as used only beside a cipher that needs one.
 */
export function coveringSet(names: AlgorithmNames, providers: readonly string[], ledger: PairLedger): readonly Suite[] {
  const left: Record<Factor, Set<string>> = {
    kex: new Set(names.kex),
    hostKey: new Set(names.hostKey),
    cipher: new Set(names.cipher),
    mac: new Set(names.mac),
    provider: new Set(providers),
  };
  const suites: Suite[] = [];
  while (Object.values(left).some((values) => values.size > 0)) {
    const chosen: string[] = [];
    const choose = (factor: Factor, values: readonly string[]): string => {
      const fresh = values.filter((value) => left[factor].has(value));
      const best = mostUseful(fresh.length > 0 ? fresh : values, chosen, ledger);
      left[factor].delete(best);
      chosen.push(best);
      return best;
    };
    // Once all ciphers have had their turn, the MACs that are left want one that needs them.
    const wantsMac = left.cipher.size === 0 && left.mac.size > 0;
    const ciphers = wantsMac ? names.cipher.filter((name) => !isAuthenticated(name)) : names.cipher;
    const cipher = choose("cipher", ciphers);
    if (isAuthenticated(cipher) && names.cipher.every(isAuthenticated)) left.mac.clear();
    const suite: Suite = {
      cipher,
      mac: isAuthenticated(cipher) ? "implicit" : choose("mac", names.mac),
      kex: choose("kex", names.kex),
      hostKey: choose("hostKey", names.hostKey),
      provider: choose("provider", providers),
    };
    ledger.add(suite);
    suites.push(suite);
  }
  return suites;
}

/** Whether a cipher brings its own tag, so that no MAC is used (RFC 5647 §5.1; chacha20-poly1305 likewise). */
export function isAuthenticated(cipher: string): boolean {
  return cipher.includes("gcm") || cipher.includes("poly1305");
}

function mostUseful(values: readonly string[], chosen: readonly string[], ledger: PairLedger): string {
  const ranked = values
    .map((value) => ({ value, pairs: ledger.newPairs(value, chosen), uses: ledger.uses(value) }))
    .sort((a, b) => b.pairs - a.pairs || a.uses - b.uses);
  const [best] = ranked;
  if (best === undefined) throw new Error("a factor has no values");
  return best.value;
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

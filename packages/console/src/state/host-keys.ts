import type { OfferedHostKey } from "netconf-kit";

/** A host key that the user has approved. */
export interface RememberedKey {
  readonly fingerprint: string;
  readonly keyType: string;
  /** What the user calls the device. */
  readonly name: string;
  /** `host:port` for a device that was dialled; absent for one that called home, which has no place (RFC 8071 §3.1 C5). */
  readonly target?: string;
}

/** What is known about an offered key. Only `known` needs no question. */
export type HostKeyFinding =
  | { readonly kind: "known"; readonly entry: RememberedKey }
  | { readonly kind: "new" }
  /** The target had another key. It is refused until the user has revoked that one. */
  | { readonly kind: "changed"; readonly entry: RememberedKey };

/** What is used of `localStorage`. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const STORAGE_KEY = "netconf-kit.host-keys";
/** Entries kept; the oldest goes first. */
const MAX_ENTRIES = 1000;

/**
 * The host keys that the user has approved, kept in the browser and revocable.
 *
 * @example
 * const keys = new HostKeys(localStorage);
 * const finding = keys.find(offered, "192.0.2.1:830");
 */
export class HostKeys {
  readonly #storage: KeyValueStorage;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  /** Another tab may have approved or revoked meanwhile, so every look is a fresh one. */
  list(): readonly RememberedKey[] {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(STORAGE_KEY) ?? "[]");
      return Array.isArray(stored) ? stored.filter(isRememberedKey) : [];
    } catch {
      // What cannot be read vouches for nobody.
      return [];
    }
  }

  /** Looks a key up: by its place when the device was dialled, by itself alone when it has called. */
  find(offered: Pick<OfferedHostKey, "fingerprint">, target: string | undefined): HostKeyFinding {
    const entries = this.list();
    if (target === undefined) {
      const entry = entries.find((each) => each.fingerprint === offered.fingerprint);
      return entry === undefined ? { kind: "new" } : { kind: "known", entry };
    }
    const here = entries.filter((each) => each.target === target);
    const same = here.find((each) => each.fingerprint === offered.fingerprint);
    if (same !== undefined) return { kind: "known", entry: same };
    const other = here[0];
    return other === undefined ? { kind: "new" } : { kind: "changed", entry: other };
  }

  remember(entry: RememberedKey): void {
    const others = this.list().filter((each) => !isSame(each, entry));
    this.#save([...others, entry].slice(-MAX_ENTRIES));
  }

  revoke(entry: RememberedKey): void {
    this.#save(this.list().filter((each) => !isSame(each, entry)));
  }

  #save(entries: readonly RememberedKey[]): void {
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(entries));
  }
}

function isSame(one: RememberedKey, other: RememberedKey): boolean {
  return one.fingerprint === other.fingerprint && one.target === other.target;
}

function isRememberedKey(value: unknown): value is RememberedKey {
  if (typeof value !== "object" || value === null) return false;
  const { fingerprint, keyType, name, target } = value as Record<string, unknown>; // an object has members of any type
  const texts = [fingerprint, keyType, name].every((each) => typeof each === "string");
  return texts && (target === undefined || typeof target === "string");
}

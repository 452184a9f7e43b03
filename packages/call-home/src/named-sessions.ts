import { DeviceList, type KnownDevice, NetconfError, type PeerIdentity } from "@netconf-kit/core";

/** A device that may call, under a name of ours: a named session. */
export interface DeviceEntry<Credentials> extends Omit<KnownDevice<Credentials>, "credentials"> {
  /**
   * IP addresses that it calls from, without ports. They say which entry is meant where no key does; they never take the place of a
   * key (RFC 8071 §3.1 C5).
   */
  readonly addresses?: readonly string[];
  /**
   * What happens when an entry without any key is called from its address. `accept-new`: the first key that logs in is
   * the device's from then on; whoever calls first from there is sent the credentials. Default `refuse`.
   */
  readonly unknownKeys?: UnknownKeys;
  /**
   * `false`: only a user of the list that takes unknown keys has let it in, and only such users log in to it. Default true: whoever
   * writes an entry trusts its device.
   */
  readonly approved?: boolean;
  /** What logs in to it. Without them a user of the list does. */
  readonly credentials?: Credentials;
}

/** What becomes of a key that is seen for the first time. */
export type UnknownKeys = "refuse" | "accept-new";

/**
 * The devices that may call, by key, by certificate, and by address.
 *
 * @example
 * const devices = new NamedSessions([{ name: "router-7", addresses: ["192.0.2.7"], fingerprints: ["SHA256:…"], credentials }]);
 * devices.at("192.0.2.7:40213")?.name; // "router-7"
 */
export class NamedSessions<Credentials> {
  readonly #list = new DeviceList<undefined>();
  readonly #byName = new Map<string, DeviceEntry<Credentials>>();
  readonly #byAddress = new Map<string, DeviceEntry<Credentials>>();

  constructor(entries: Iterable<DeviceEntry<Credentials>> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** Whether a device is to be known by a certificate. */
  get certifies(): boolean {
    return this.#list.certifies;
  }

  [Symbol.iterator](): Iterator<DeviceEntry<Credentials>> {
    return this.#byName.values();
  }

  /** @throws NetconfError `invalid-argument` when the name, an identity or an address is taken */
  add(entry: DeviceEntry<Credentials>): void {
    const addresses = (entry.addresses ?? []).map(hostOf);
    for (const address of addresses) {
      if (this.#byAddress.has(address)) {
        throw new NetconfError(
          "invalid-argument",
          `cannot add device "${entry.name}": the address ${address} is taken`,
        );
      }
    }
    this.#list.add({ ...entry, credentials: undefined });
    this.#byName.set(entry.name, entry);
    for (const address of addresses) this.#byAddress.set(address, entry);
  }

  remove(name: string): boolean {
    const entry = this.#byName.get(name);
    if (entry === undefined) return false;
    this.#byName.delete(name);
    this.#list.remove(name);
    for (const address of entry.addresses ?? []) this.#byAddress.delete(hostOf(address));
    return true;
  }

  named(name: string): DeviceEntry<Credentials> | undefined {
    return this.#byName.get(name);
  }

  find(identity: PeerIdentity): DeviceEntry<Credentials> | undefined {
    const found = this.#list.find(identity);
    return found && this.#byName.get(found.name);
  }

  /** The entry whose address this is, with or without a port. */
  at(remote: string): DeviceEntry<Credentials> | undefined {
    return this.#byAddress.get(hostOf(remote));
  }

  /**
   * Adds an entry, or puts it in the place of the one with its name.
   *
   * @throws NetconfError `invalid-argument` as {@link add} does, and nothing has changed
   */
  put(entry: DeviceEntry<Credentials>): void {
    const standing = this.#byName.get(entry.name);
    if (standing !== undefined) this.remove(entry.name);
    try {
      this.add(entry);
    } catch (error) {
      if (standing !== undefined) this.add(standing);
      throw error;
    }
  }
}

/** Whether an entry says by which key or certificate its device is known. */
export function hasKey({ fingerprints, certified }: DeviceEntry<unknown>): boolean {
  return (fingerprints?.length ?? 0) > 0 || certified !== undefined;
}

/** The address in `192.0.2.1:4334` or `[2001:db8::1]:4334`, written in one way; an IPv4 address in IPv6 form is that. */
export function hostOf(remote: string): string {
  const host = remote
    .replace(/^\[(.*)\](?::\d+)?$/, "$1")
    .replace(/^([^:]*):\d+$/, "$1")
    .toLowerCase();
  if (!host.includes(":")) return host;
  const [address = "", zone] = host.split("%");
  const [, front = "", dotted] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const words = ipv6Words(dotted === undefined ? address : `${front}${hexOf(dotted)}`);
  if (words === undefined) return host;
  const [high = 0, low = 0] = words.slice(6);
  // RFC 4291 §2.5.5.2
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff)
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const text = words.map((word) => word.toString(16)).join(":");
  return zone === undefined ? text : `${text}%${zone}`;
}

function ipv6Words(address: string): readonly number[] | undefined {
  const [head = "", tail, ...rest] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const words = [...before, ...new Array<string>(Math.max(0, gap)).fill("0"), ...after];
  if (rest.length > 0 || words.length !== 8 || !words.every((word) => /^[0-9a-f]{1,4}$/.test(word))) return undefined;
  return words.map((word) => Number.parseInt(word, 16));
}

function hexOf(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

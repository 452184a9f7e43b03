import { NetconfError, quoted } from "@netconf-kit/core";
import { type DeviceEntry, NamedSessions } from "./named-sessions.ts";

/** Keys of a device that no configuration states: approved by an operator, or the first that logged in. */
export interface LearnedDevice<Credentials> {
  /** The name of its entry. */
  readonly name: string;
  readonly fingerprints: readonly string[];
  /**
   * Whether this is all there is of the device. Otherwise it adds to an entry of the configuration, and counts for nothing when
   * that entry is gone: a device that was taken out of the configuration does not come back.
   */
  readonly standsAlone: boolean;
  /**
   * Whether an operator has approved it. A device that stands alone and was let in by a user of the list only is known, but not
   * trusted with other users.
   */
  readonly approved: boolean;
  /** Given with the approval. An entry's own come first. */
  readonly credentials?: Credentials;
}

/** A key that is about to be learned. */
export interface NewKey<Credentials> {
  readonly name: string;
  readonly fingerprint: string;
  /** By an operator. */
  readonly approved: boolean;
  readonly credentials?: Credentials | undefined;
}

/**
 * The devices that may call: those that are configured, and what has been learned about them. The configuration can be replaced as
 * a whole; what was learned stays, and where the two disagree about a key the configuration wins.
 */
export class DeviceRegistry<Credentials> {
  #configured: ReadonlyMap<string, DeviceEntry<Credentials>>;
  readonly #learned = new Map<string, LearnedDevice<Credentials>>();
  #devices: NamedSessions<Credentials>;

  /** @throws NetconfError `invalid-argument` when two entries share a name, an identity or an address */
  constructor(configured: Iterable<DeviceEntry<Credentials>>, learned: Iterable<LearnedDevice<Credentials>> = []) {
    for (const device of learned) this.#learned.set(device.name, device);
    this.#configured = new Map();
    this.#devices = new NamedSessions();
    this.configure(configured);
  }

  /** Everything that counts now. */
  get devices(): NamedSessions<Credentials> {
    return this.#devices;
  }

  /** What was learned, also what counts for nothing at present. */
  get learned(): readonly LearnedDevice<Credentials>[] {
    return [...this.#learned.values()];
  }

  /** Devices that stand alone and that no operator has approved. */
  get unapproved(): number {
    return this.learned.filter(({ standsAlone, approved }) => standsAlone && !approved).length;
  }

  /** Other entries in the place of all. @throws NetconfError `invalid-argument`, and nothing has changed */
  configure(entries: Iterable<DeviceEntry<Credentials>>): void {
    const configured = [...entries];
    const devices = new NamedSessions(configured);
    for (const device of this.#learned.values()) merge(devices, device);
    this.#configured = new Map(configured.map((entry) => [entry.name, entry]));
    this.#devices = devices;
  }

  /**
   * What would be known of a device with one more key; nothing changes yet.
   *
   * @throws NetconfError `invalid-argument` when the key is another device's, or credentials are given that would not count
   */
  propose({ name, fingerprint, approved, credentials }: NewKey<Credentials>): LearnedDevice<Credentials> {
    const owner = findKey(this.#devices, fingerprint);
    if (owner !== undefined && owner.name !== name) {
      throw new NetconfError(
        "invalid-argument",
        `cannot take the key ${quoted(fingerprint)} for ${quoted(name)}: it is that of ${quoted(owner.name)}`,
      );
    }
    const configured = this.#configured.get(name);
    if (credentials !== undefined && configured?.credentials !== undefined) {
      throw new NetconfError("invalid-argument", `cannot give ${quoted(name)} credentials: its entry has its own`);
    }
    const before = this.#learned.get(name);
    const given = credentials ?? before?.credentials;
    return {
      name,
      fingerprints: [...new Set([...(before?.fingerprints ?? []), fingerprint])],
      standsAlone: configured === undefined,
      approved: approved || before?.approved === true,
      ...(given !== undefined && { credentials: given }),
    };
  }

  /**
   * What would be known of a device with these keys and no others, beside those that are configured. Keys of other devices are left
   * out. `undefined` when that is what is known already.
   */
  proposeAll(name: string, proved: readonly string[]): LearnedDevice<Credentials> | undefined {
    const configured = this.#configured.get(name);
    const before = this.#learned.get(name);
    const fingerprints = proved.filter((fingerprint) => {
      const owner = findKey(this.#devices, fingerprint);
      return (owner === undefined || owner.name === name) && configured?.fingerprints?.includes(fingerprint) !== true;
    });
    const known = before?.fingerprints ?? [];
    if (fingerprints.length === known.length && fingerprints.every((each) => known.includes(each))) return undefined;
    return { approved: false, ...before, name, fingerprints, standsAlone: configured === undefined };
  }

  /** Makes count what was proposed. Where the configuration has changed meanwhile, it wins. */
  learn(device: LearnedDevice<Credentials>): void {
    const before = this.#learned.get(device.name)?.fingerprints ?? [];
    this.#learned.set(device.name, device);
    if (before.every((fingerprint) => device.fingerprints.includes(fingerprint))) merge(this.#devices, device);
    else this.configure(this.#configured.values());
  }

  /** Forgets what was learned about a device. False when that was nothing. */
  forget(name: string): boolean {
    if (!this.#learned.delete(name)) return false;
    this.configure(this.#configured.values());
    return true;
  }
}

function merge<Credentials>(devices: NamedSessions<Credentials>, learned: LearnedDevice<Credentials>): void {
  const entry = devices.named(learned.name);
  if (entry === undefined && !learned.standsAlone) return;
  const fresh = learned.fingerprints.filter((fingerprint) => findKey(devices, fingerprint) === undefined);
  if (fresh.length === 0 && entry === undefined) return;
  const credentials = entry?.credentials ?? learned.credentials;
  devices.put({
    ...entry,
    name: learned.name,
    fingerprints: [...(entry?.fingerprints ?? []), ...fresh],
    ...((entry === undefined || entry.approved === false) && { approved: learned.approved }),
    ...(credentials !== undefined && { credentials }),
  });
}

/** A fingerprint is looked up alike for every kind of key. */
function findKey<Credentials>(
  devices: NamedSessions<Credentials>,
  fingerprint: string,
): DeviceEntry<Credentials> | undefined {
  return devices.find({ kind: "ssh-host-key", algorithm: "", fingerprint });
}

import { isNetconfError, NetconfError, type NetconfErrorCode, quoted } from "../errors.ts";

/**
 * Who the other end has proved to be. RFC 8071 §3.1 C5: a host key or a certificate, never an address.
 * Fingerprints are compared as they stand; SSH ones look like `SHA256:…`.
 */
export type PeerIdentity =
  | { readonly kind: "ssh-host-key"; readonly fingerprint: string; readonly algorithm: string }
  | {
      readonly kind: "ssh-host-certificate";
      /** Of the key inside the certificate. */
      readonly fingerprint: string;
      readonly algorithm: string;
      /** Of the authority that signed it. */
      readonly authority: string;
      readonly keyId: string;
      readonly principals: readonly string[];
    }
  | {
      readonly kind: "x509-certificate";
      readonly fingerprint: string;
      /** Subject alternative names and the common name. */
      readonly names: readonly string[];
      /** Of the pinned issuer that the path ends in; undefined when the certificate itself is pinned. */
      readonly authority: string | undefined;
    }
  /** Nothing was proved: a pipe in memory, a socket inside one machine. Never in an allow-list. */
  | { readonly kind: "unauthenticated" };

/** One device that may call, under a name of ours, with what logs in to it. */
export interface KnownDevice<Credentials> {
  readonly name: string;
  /** Several while a key is being rolled over. */
  readonly fingerprints?: readonly string[];
  /** Names in a certificate; they count only together with the authority that vouches for them. RFC 8071 §3.1 C6. */
  readonly certified?: { readonly authority: string; readonly name: string };
  readonly credentials: Credentials;
}

/**
 * The devices that may call. Credentials hang on the identity: RFC 8071 §3.1 C7 allows only those that were associated
 * with the presented key before.
 *
 * @example
 * const devices = new DeviceList([{ name: "router-7", fingerprints: ["SHA256:…"], credentials: { username: "ops", password } }]);
 * const device = devices.require({ kind: "ssh-host-key", algorithm: "ssh-ed25519", fingerprint: "SHA256:…" });
 */
export class DeviceList<Credentials> {
  readonly #byName = new Map<string, KnownDevice<Credentials>>();
  readonly #byFingerprint = new Map<string, KnownDevice<Credentials>>();
  readonly #byCertificate = new Map<string, KnownDevice<Credentials>>();

  constructor(devices: Iterable<KnownDevice<Credentials>> = []) {
    for (const device of devices) this.add(device);
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Whether a device is to be known by a certificate. */
  get certifies(): boolean {
    return this.#byCertificate.size > 0;
  }

  /** @throws NetconfError `invalid-argument` when the name or an identity is taken */
  add(device: KnownDevice<Credentials>): void {
    const fingerprints = device.fingerprints ?? [];
    const certified = device.certified && certificateKey(device.certified.authority, device.certified.name);
    const taken =
      this.#byName.has(device.name) ||
      fingerprints.some((fingerprint) => this.#byFingerprint.has(fingerprint)) ||
      (certified !== undefined && this.#byCertificate.has(certified));
    if (taken) {
      throw new NetconfError(
        "invalid-argument",
        `cannot add device ${quoted(device.name)}: its name or identity is taken`,
      );
    }
    this.#byName.set(device.name, device);
    for (const fingerprint of fingerprints) this.#byFingerprint.set(fingerprint, device);
    if (certified !== undefined) this.#byCertificate.set(certified, device);
  }

  /** A session that is open stays open. */
  remove(name: string): boolean {
    const device = this.#byName.get(name);
    if (device === undefined) return false;
    this.#byName.delete(name);
    for (const fingerprint of device.fingerprints ?? []) this.#byFingerprint.delete(fingerprint);
    if (device.certified) this.#byCertificate.delete(certificateKey(device.certified.authority, device.certified.name));
    return true;
  }

  find(identity: PeerIdentity): KnownDevice<Credentials> | undefined {
    switch (identity.kind) {
      case "unauthenticated":
        return undefined;
      case "ssh-host-key":
        return this.#byFingerprint.get(identity.fingerprint);
      case "ssh-host-certificate":
        return this.#certified(identity.fingerprint, identity.authority, identity.principals);
      case "x509-certificate":
        return this.#certified(identity.fingerprint, identity.authority, identity.names);
    }
  }

  /** @throws NetconfError `unknown-identity` */
  require(identity: PeerIdentity): KnownDevice<Credentials> {
    const found = this.find(identity);
    if (found !== undefined) return found;
    throw new UnknownIdentityError(identity);
  }

  #certified(
    fingerprint: string,
    authority: string | undefined,
    names: readonly string[],
  ): KnownDevice<Credentials> | undefined {
    const pinned = this.#byFingerprint.get(fingerprint);
    if (pinned !== undefined || authority === undefined) return pinned;
    for (const name of names) {
      const found = this.#byCertificate.get(certificateKey(authority, name));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/**
 * A refusal that tells who was refused: what an operator needs to let the device in.
 *
 * @example
 * const refused = identityErrorOf(error);
 * if (refused !== undefined) console.log(refused.code, refused.message);
 */
export class IdentityError extends NetconfError {
  readonly identity: PeerIdentity;
  /** The entry that came into question. */
  readonly device: string | undefined;

  constructor(code: NetconfErrorCode, message: string, identity: PeerIdentity, options: IdentityErrorOptions = {}) {
    super(code, message, options);
    this.identity = identity;
    this.device = options.device;
  }
}

/** What an `IdentityError` is made of. */
export interface IdentityErrorOptions {
  readonly device?: string | undefined;
  readonly cause?: unknown;
}

/**
 * `unknown-identity`: nobody knows it.
 *
 * @example
 * if (identityErrorOf(error) instanceof UnknownIdentityError) console.log(unknownIdentityOf(error));
 */
export class UnknownIdentityError extends IdentityError {
  constructor(identity: PeerIdentity) {
    super("unknown-identity", `cannot accept a device: no entry matches ${describeIdentity(identity)}`, identity);
  }
}

/**
 * The refusal that an error is or has for a cause.
 *
 * @example
 * const refused = identityErrorOf(error); // also where SSH or TLS has wrapped it
 */
export function identityErrorOf(error: unknown): IdentityError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; at = at.cause, depth++) {
    // The shape is that of IdentityError, whichever copy of the package made it.
    if (isNetconfError(at) && "identity" in at) return at as IdentityError;
  }
  return undefined;
}

/**
 * The identity that an error is about, looked for in its causes too.
 *
 * @example
 * const stranger = unknownIdentityOf(error);
 * if (stranger !== undefined) console.log("unknown:", describeIdentity(stranger));
 */
export function unknownIdentityOf(error: unknown): PeerIdentity | undefined {
  return identityErrorOf(error)?.identity;
}

const MAX_CAUSES = 8;

/**
 * For logs: `ssh-host-key SHA256:…`.
 *
 * @example
 * console.log("called by", describeIdentity(identity));
 */
export function describeIdentity(identity: PeerIdentity): string {
  return identity.kind === "unauthenticated"
    ? "an unauthenticated peer"
    : `${identity.kind} ${quoted(identity.fingerprint)}`;
}

/** A line feed is in no fingerprint, so two pairs never share a key. */
function certificateKey(authority: string, name: string): string {
  return `${authority}\n${name}`;
}

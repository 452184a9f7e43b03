import type { CallHomeManagerSettings, WhenConnected } from "@netconf-kit/core";
import type { AdmissionLimits } from "@netconf-kit/socket";
import { callHomePort } from "./device-config.ts";
import type { DeviceEntry } from "./named-sessions.ts";
import type { PendingLimits } from "./pending.ts";
import type { CallHomeUser, FailedUsersLimits } from "./users.ts";

/**
 * What a Call Home manager needs to know before it starts, as plain values: the contents of the file of `netconf listen`. Times are
 * milliseconds. No secret stands in it, only where one is.
 */
export interface ListenConfig {
  /** At least one. No two at one address and port. */
  readonly listeners: readonly ListenerConfig[];
  /** Our end of TLS. Has to be there where a listener is for TLS. */
  readonly tls?: OwnTlsConfig;
  /** Who may call. */
  readonly devices: readonly DeviceConfig[];
  /** What is tried, in this order, at devices that have no credentials of their own. */
  readonly users?: readonly UserConfig[];
  readonly policy?: ListenPolicy;
  readonly limits?: ListenLimits;
}

/** An address and a port to listen at, and what is spoken there. */
export interface ListenerConfig {
  readonly transport: "ssh" | "tls";
  /** Default `::`, which is every address, of IPv4 too. */
  readonly address?: string;
  /** Default 4334 for SSH, 4335 for TLS (RFC 8071 §6); 0 for a free one. */
  readonly port?: number;
  /** Addresses and networks of balancers. From there a PROXY header has to come, and from nowhere else. */
  readonly balancers?: readonly string[];
  /** Takes Junos outbound-ssh. SSH only. */
  readonly outboundSsh?: boolean;
}

/** A device, known by a key or a certificate. Its `credentials` are a reference. */
export interface DeviceConfig extends Pick<DeviceEntry<unknown>, "name" | "addresses" | "unknownKeys"> {
  /** `SHA256:` of a host key, or of a certificate; several while one is being rolled over. */
  readonly fingerprints?: readonly string[];
  readonly certified?: NonNullable<DeviceEntry<unknown>["certified"]>;
  readonly credentials?: CredentialsConfig;
  /** With it the DEVICE-ID of Junos outbound-ssh is this device's name, and the HMAC proves its host key. */
  readonly outboundSshSecret?: SecretRef;
}

/** A user of devices, and its credentials. */
export type UserConfig = Pick<CallHomeUser<unknown>, "name" | "unknownKeys"> & {
  readonly credentials: CredentialsConfig;
};

/** What logs in: keys first, then the password. At least one of them. */
export interface CredentialsConfig {
  readonly username: string;
  /** Files with private keys. */
  readonly keyFiles?: readonly string[];
  /** Keys of the agent. */
  readonly agent?: boolean;
  readonly password?: SecretRef;
}

/** Where a secret is: a file whose text it is, or a variable of the environment. */
export type SecretRef = { readonly file: string } | { readonly env: string };

/** Files in PEM. */
export interface OwnTlsConfig {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Who may vouch for devices that are `certified`. */
  readonly authorityFiles?: readonly string[];
}

/** What holds for all devices of a manager. */
export interface ListenPolicy {
  /** Default `probe`. */
  readonly whenConnected?: WhenConnected;
  /** Whether a device that nobody knows is held for an operator to approve. Default `refuse`. */
  readonly unknownDevices?: "refuse" | "hold";
}

/** The defaults are those of the types they come from. */
export interface ListenLimits
  extends Pick<
    CallHomeManagerSettings,
    "probeTimeout" | "firstByteTimeout" | "secureTimeout" | "maxConnecting" | "maxWaiting" | "maxSessions"
  > {
  readonly admission?: Partial<AdmissionLimits>;
  readonly pending?: Partial<PendingLimits>;
  readonly failedUsers?: Partial<FailedUsersLimits>;
}

/**
 * The place of a listener, its defaults filled in.
 *
 * @example
 * const { address, port } = listenerPlace({ transport: "ssh" });
 */
export function listenerPlace(listener: ListenerConfig): { readonly address: string; readonly port: number } {
  return { address: listener.address ?? "::", port: callHomePort(listener) };
}

import { RelayError } from "./errors.ts";

/** What a relay spends on those who connect. Times in milliseconds. */
export interface RelayLimits {
  /** TCP connections with browsers, WebSockets or not yet; more are cut without a word. Default 512. */
  readonly maxConnections: number;
  /** The same from one address. Default 128. */
  readonly maxConnectionsPerAddress: number;
  /** WebSockets. Default 256. */
  readonly maxSockets: number;
  /** WebSockets from one address, for IPv6 from one network of 64 bits. Default 64. */
  readonly maxSocketsPerAddress: number;
  /** Connections with one target at a time. Default 16. */
  readonly maxSocketsPerTarget: number;
  /** Devices that have called and for which no browser waits; more are closed, and call again. Default 64. */
  readonly maxWaitingDevices: number;
  /** The same from one address. Default 16. */
  readonly maxWaitingDevicesPerAddress: number;
  /** Bytes of a WebSocket message. Default 1 MiB. */
  readonly maxMessage: number;
  /** Bytes from a browser that the device does not take, until we stop reading from it, or end it while it waits. Default 256 KiB. */
  readonly maxQueued: number;
  /** For an HTTP request to be complete, and for the connection with a target to stand. Default 10 s. */
  readonly handshakeTime: number;
  /** For a device that calls to say something, so that a port scan takes nobody's place. Default 10 s. */
  readonly firstByteTime: number;
  /** For which a device that has called waits for a browser. Default 30 s. */
  readonly deviceWaitTime: number;
  /** Without a byte either way until a connection is ended. Default 1 h. */
  readonly idleTime: number;
  /** Between pings to browsers; whoever shows no sign of life for two of them is cut off. Default 30 s. */
  readonly pingTime: number;
  /** Between two events about refusals for one reason of one source; those between are counted. Default 1 min. */
  readonly reportTime: number;
}

/** What counts where `limits` says nothing. */
export const defaultRelayLimits: RelayLimits = {
  maxConnections: 512,
  maxConnectionsPerAddress: 128,
  maxSockets: 256,
  maxSocketsPerAddress: 64,
  maxSocketsPerTarget: 16,
  maxWaitingDevices: 64,
  maxWaitingDevicesPerAddress: 16,
  maxMessage: 1024 * 1024,
  maxQueued: 256 * 1024,
  handshakeTime: 10_000,
  firstByteTime: 10_000,
  deviceWaitTime: 30_000,
  idleTime: 3_600_000,
  pingTime: 30_000,
  reportTime: 60_000,
};

/** The defaults with what was given. @throws RelayError `bad-option` for what is no whole number above 0. */
export function relayLimits(given: Partial<RelayLimits> = {}): RelayLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RelayError("bad-option", `the limit ${name} has to be a whole number above 0, not ${value}`);
  }
  return { ...defaultRelayLimits, ...given };
}

/** How much a connection's channels may take. */
export interface ConnectionLimits {
  /** Channels at once. A client refuses to open more, a server refuses the peer's request for more. Default 16. */
  readonly maxChannels: number;
  /** Bytes the peer may send on a channel before we have taken some. Default 2 MiB. */
  readonly windowBytes: number;
  /** Most data in one packet, in either direction; the peer may take less. Default 128 KiB. */
  readonly maxDataBytes: number;
}

export const defaultConnectionLimits: ConnectionLimits = {
  maxChannels: 16,
  windowBytes: 2 * 1024 * 1024,
  maxDataBytes: 128 * 1024,
};

/** What a peer may make us keep. All in bytes. */
export interface TransportLimits {
  /** Longest packet_length after the login. Default 256 KiB. */
  readonly maxPacketBytes: number;
  /** Longest packet_length before the login. Default 35000 (RFC 4253 §6.1). */
  readonly maxPacketBytesBeforeLogin: number;
  /** Everything the peer may send before the login. Default 1 MiB. */
  readonly maxBytesBeforeLogin: number;
  /** Input that may gather while a host key verdict, a signature or a login decision is due. Default 1 MiB. */
  readonly maxWaitingInputBytes: number;
  /** Answers that may gather while a key exchange holds traffic back. Default 256 KiB. */
  readonly maxHeldBytes: number;
}

/** How long the peer may be silent at a step, in milliseconds. */
export interface TransportTimeouts {
  /** From the start to the peer's identification. Default 10 s. */
  readonly versionExchange: number;
  /** For each message of a key exchange. Default 30 s. */
  readonly keyExchange: number;
}

export const defaultTransportLimits: TransportLimits = {
  maxPacketBytes: 256 * 1024,
  maxPacketBytesBeforeLogin: 35_000,
  maxBytesBeforeLogin: 1 << 20,
  maxWaitingInputBytes: 1 << 20,
  maxHeldBytes: 256 * 1024,
};

export const defaultTransportTimeouts: TransportTimeouts = { versionExchange: 10_000, keyExchange: 30_000 };

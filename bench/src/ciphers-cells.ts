/** What one provider of a runtime does, in bytes a second: sealed and opened again. */
export interface ProviderRates {
  readonly provider: string;
  /** The ciphers as we offer them with this provider; empty where it is no provider of ours. */
  readonly order: readonly string[];
  /** By cipher, in the order of `PACKET_SIZES`. */
  readonly rates: Readonly<Record<string, readonly number[]>>;
}

/** Packets of one size through one cipher: seals and opens as many as `count`. */
export interface CipherCell {
  readonly provider: string;
  readonly cipher: string;
  /** Bytes of payload. */
  readonly size: number;
  readonly run: (count: number) => void | Promise<void>;
}

/** Bytes of payload. */
export const PACKET_SIZES: readonly number[] = [1024, 32 * 1024];
/** Packets that are under way where the runtime works aside: as many as in a connection. */
export const IN_FLIGHT = 8;

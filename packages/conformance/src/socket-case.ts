import type { DuplexSocket } from "@netconf-kit/socket";

/**
 * Makes two connected sockets: what one writes the other reads.
 *
 * @param wish how small the pipes between them should be, for whoever can make them so; others ignore it
 */
export type MakePair = (wish?: PairWish) => Promise<readonly [DuplexSocket, DuplexSocket]>;

/** Small pipes bring out what large ones hide: pieces of one byte, and writers that wait for each other. */
export interface PairWish {
  /** The longest chunk that a read of the pipe gives, in bytes. */
  readonly maxReadBytes?: number;
  /** Bytes in each direction before a writer has to wait. */
  readonly highWaterBytes?: number;
}

/**
 * What a socket may lack by its nature; everything else is the same for all.
 *
 * - `half-close`: one direction can end while the other goes on.
 * - `back-pressure`: a peer that does not read holds back the writer.
 */
export type SocketFeature = "half-close" | "back-pressure";

/** A case that a `DuplexSocket` has to pass. Plain data: every test runner can register it. */
export interface SocketCase {
  readonly name: string;
  /** Without these the case does not apply. */
  readonly needs: readonly SocketFeature[];
  /** Resolves when the socket has passed. Rejects with an `Error` that says what was expected. Closes what it has opened. */
  readonly run: (makePair: MakePair) => Promise<void>;
}

/** A case with its pair: made before, closed after, also where the case fails. */
export function socketCase(
  name: string,
  body: (left: DuplexSocket, right: DuplexSocket) => Promise<void>,
  { needs = [], wish }: { readonly needs?: readonly SocketFeature[]; readonly wish?: PairWish } = {},
): SocketCase {
  const run = async (makePair: MakePair): Promise<void> => {
    const [left, right] = await makePair(wish);
    try {
      await body(left, right);
    } finally {
      await Promise.all([left.close(), right.close()]);
    }
  };
  return { name, needs, run };
}

import { FramingError } from "./errors.ts";

/** RFC 6242 §4.2: the maximum allowed chunk-size value. */
export const MAX_CHUNK_SIZE = 4294967295;

/** 256 MiB. */
export const DEFAULT_MAX_MESSAGE_BYTES: number = 256 * 1024 * 1024;

/** What a peer may send. A decoder itself never holds more than a dozen bytes; these limits protect whoever collects. */
export interface FrameLimits {
  /** Bytes in one message without its framing. Default 256 MiB; `Infinity` for none. */
  readonly maxMessageBytes?: number;
  /** Bytes in one chunk. Default 4294967295, the limit of the protocol. */
  readonly maxChunkBytes?: number;
}

export type ResolvedFrameLimits = Required<FrameLimits>;

/** @throws FramingError `bad-limit` */
export function resolveLimits(limits: FrameLimits): ResolvedFrameLimits {
  return {
    maxMessageBytes: checkLimit("maxMessageBytes", limits.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES),
    maxChunkBytes: Math.min(checkLimit("maxChunkBytes", limits.maxChunkBytes ?? MAX_CHUNK_SIZE), MAX_CHUNK_SIZE),
  };
}

/** @throws FramingError `bad-limit` */
export function checkLimit(name: string, value: number): number {
  // The negated comparison also refuses NaN, which would switch a limit off in silence.
  if (!(value >= 1)) throw new FramingError("bad-limit", `cannot use ${name} "${value}": it must be 1 or more`);
  return value;
}

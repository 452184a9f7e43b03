import type { XmlLimits } from "@netconf-kit/xml";

/** What one peer may make a session hold. Every limit has a default; `Infinity` switches one off. */
export interface SessionLimits {
  /** Largest message after the hellos. Default 256 MiB. */
  readonly maxMessageBytes?: number;
  /** Largest hello. Default 4 MiB: the hello of a big router with all its modules stays below 200 KiB. */
  readonly maxHelloBytes?: number;
  /** Most capabilities in a hello. Default 20 000. */
  readonly maxCapabilities?: number;
  /** Most requests without an answer. A client refuses to send more; a server stops reading. Default 1024. */
  readonly maxPendingRpcs?: number;
  /** Limits of the XML reader: depth, attributes, names, text. */
  readonly xml?: XmlLimits;
}

export type ResolvedLimits = Required<Omit<SessionLimits, "xml">> & { readonly xml: XmlLimits };

export function resolveLimits(limits: SessionLimits = {}): ResolvedLimits {
  const maxMessageBytes = limits.maxMessageBytes ?? 256 * 1024 * 1024;
  const maxHelloBytes = limits.maxHelloBytes ?? 4 * 1024 * 1024;
  return {
    maxMessageBytes,
    maxHelloBytes,
    maxCapabilities: limits.maxCapabilities ?? 20_000,
    maxPendingRpcs: limits.maxPendingRpcs ?? 1024,
    // The framing counts bytes too; one limit of bytes is enough.
    xml: { maxBytes: Math.max(maxMessageBytes, maxHelloBytes), ...limits.xml },
  };
}

import { capabilityUris } from "./names.ts";

/** A version of NETCONF, by its base capability. */
export type ProtocolVersion = "1.0" | "1.1";

/** One capability as a peer advertised it. */
export interface Capability {
  /** Without white space, otherwise as sent. */
  readonly uri: string;
  /** What stands before the `?`. */
  readonly base: string;
  /** What stands behind it, undecoded: `module` → `ietf-interfaces`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The capabilities of one peer, RFC 6241 §8. Looked up by the part before the `?`; the older spelling
 * `urn:ietf:params:xml:ns:netconf:…` counts as `urn:ietf:params:netconf:…` (RFC 5277 §3.1.2 writes it so, and devices send only that).
 *
 * @example
 * const capabilities = new Capabilities(["urn:ietf:params:netconf:capability:url:1.0?scheme=http,ftp"]);
 * capabilities.get(capabilityUris.url)?.parameters.get("scheme"); // "http,ftp"
 */
export class Capabilities implements Iterable<Capability> {
  readonly #byBase = new Map<string, Capability[]>();
  readonly #all: readonly Capability[];

  constructor(uris: Iterable<string>) {
    this.#all = Array.from(uris, parseCapability);
    for (const capability of this.#all) {
      // "urn:ietf:params:xml:ns:netconf:base:1.0?module=ietf-netconf" announces a YANG module, not the protocol version.
      const key = capability.parameters.has("module") ? capability.base : normalized(capability.base);
      const same = this.#byBase.get(key);
      if (same) same.push(capability);
      else this.#byBase.set(key, [capability]);
    }
  }

  get size(): number {
    return this.#all.length;
  }

  [Symbol.iterator](): Iterator<Capability> {
    return this.#all[Symbol.iterator]();
  }

  has(base: string): boolean {
    return this.get(base) !== undefined;
  }

  /** The first capability with this base. */
  get(base: string): Capability | undefined {
    return (this.#byBase.get(normalized(base)) ?? this.#byBase.get(base))?.[0];
  }

  /** The capability that announces a YANG 1.0 module (RFC 6020 §5.6.4). */
  module(name: string): Capability | undefined {
    return this.#all.find((capability) => capability.parameters.get("module") === name);
  }

  /** As sent, in the order sent. */
  uris(): readonly string[] {
    return this.#all.map((capability) => capability.uri);
  }
}

/**
 * The newest protocol version that both sides have; RFC 6241 §8.1 asks for exactly that one.
 *
 * @example
 * commonVersion(new Capabilities([capabilityUris.base10]), new Capabilities([capabilityUris.base10])); // "1.0"
 */
export function commonVersion(ours: Capabilities, theirs: Capabilities): ProtocolVersion | undefined {
  if (ours.has(capabilityUris.base11) && theirs.has(capabilityUris.base11)) return "1.1";
  if (ours.has(capabilityUris.base10) && theirs.has(capabilityUris.base10)) return "1.0";
  return undefined;
}

/** A URI holds no white space, so all of it is layout: devices break long lines inside the element. */
function parseCapability(text: string): Capability {
  const uri = text.replace(/\s+/g, "");
  const mark = uri.indexOf("?");
  if (mark < 0) return { uri, base: uri, parameters: NO_PARAMETERS };
  const parameters = new Map<string, string>();
  for (const pair of uri.slice(mark + 1).split("&")) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (name !== "" && !parameters.has(name)) parameters.set(name, equals < 0 ? "" : pair.slice(equals + 1));
  }
  return { uri, base: uri.slice(0, mark), parameters };
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();
const OLD_PREFIX = "urn:ietf:params:xml:ns:netconf:";

function normalized(base: string): string {
  return base.startsWith(OLD_PREFIX) ? `urn:ietf:params:netconf:${base.slice(OLD_PREFIX.length)}` : base;
}

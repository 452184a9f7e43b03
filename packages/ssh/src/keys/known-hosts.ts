import { bytesEqual } from "../algorithms/bytes-equal.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";
import { isSshError, SshError } from "../errors.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/printable.ts";
import { type Certificate, certificateOf } from "./certificate.ts";
import { knownHostsName, matchesPatternList } from "./host-pattern.ts";
import { type PublicKey, parseKeyFields } from "./public-key.ts";

/** A line of a known_hosts file, as `parseKnownHostsLine` reads it. */
export type KnownHostsLine = Omit<KnownHostsEntry, "line">;

/** A line of known_hosts. */
export interface KnownHostsEntry extends PublicKey {
  readonly marker: "@cert-authority" | "@revoked" | undefined;
  /** The host field as it stands in the file. */
  readonly hosts: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A line that could not be read and is not used. */
export interface KnownHostsProblem {
  readonly line: number;
  readonly message: string;
}

/** An authority that the file trusts for a host, and the certificate by it that the host has shown. */
export interface KnownAuthority {
  readonly entry: KnownHostsEntry;
  /** Still to be verified: `checkKnownHost` does. */
  readonly certificate: Certificate;
}

/**
 * What the file says about a host and its key; about a certificate, what it says about the key in it. Only `"match"` is a
 * reason to trust by itself. `checkKnownHost` answers with yes or no and verifies certificates.
 */
export type KnownHostsResult =
  | { readonly status: "match"; readonly entry: KnownHostsEntry; readonly authority?: KnownAuthority }
  /** The key, or the authority of the certificate, has been withdrawn. */
  | { readonly status: "revoked"; readonly entry: KnownHostsEntry; readonly authority?: never }
  /** The host is known, with other keys than this one. */
  | {
      readonly status: "mismatch";
      readonly known: readonly KnownHostsEntry[];
      readonly authority?: KnownAuthority;
    }
  | { readonly status: "unknown"; readonly authority?: KnownAuthority };

/**
 * A parsed known_hosts file.
 *
 * @example
 * const { status } = parseKnownHosts(text).lookup("router.example", 830, publicBlob);
 */
export class KnownHosts {
  readonly entries: readonly KnownHostsEntry[];
  readonly problems: readonly KnownHostsProblem[];
  readonly #provider: CryptoProvider;

  constructor(
    entries: readonly KnownHostsEntry[],
    problems: readonly KnownHostsProblem[] = [],
    provider: CryptoProvider = nobleProvider,
  ) {
    this.entries = entries;
    this.problems = problems;
    this.#provider = provider;
  }

  /**
   * Looks a host key up. `host` is the name or address as the user gave it; `port` matters: an entry for port 22 says
   * nothing about another port.
   */
  lookup(host: string, port: number, publicBlob: Uint8Array): KnownHostsResult {
    const entries = this.entriesFor(host, port);
    const certificate = certificateOf(publicBlob);
    const key = certificate?.publicBlob ?? publicBlob;
    const same = (entry: KnownHostsEntry): boolean => bytesEqual(entry.publicBlob, key);
    const signed = (entry: KnownHostsEntry): boolean =>
      certificate !== undefined && bytesEqual(entry.publicBlob, certificate.authority);
    // A revocation wins, wherever it stands; one of an authority covers all that it has certified.
    const revoked = entries.find((entry) => entry.marker === "@revoked" && (same(entry) || signed(entry)));
    if (revoked !== undefined) return { status: "revoked", entry: revoked };
    const known = entries.filter((entry) => entry.marker === undefined);
    const authorities = entries.filter((entry) => entry.marker === "@cert-authority");
    const [entry] = authorities.filter(signed);
    const authority = certificate !== undefined && entry !== undefined ? { authority: { entry, certificate } } : {};
    const match = known.find(same);
    if (match !== undefined) return { status: "match", entry: match, ...authority };
    // A key of another type than the known one is a mismatch as well: otherwise an attacker just offers another type.
    return known.length > 0 ? { status: "mismatch", known, ...authority } : { status: "unknown", ...authority };
  }

  /** All entries that cover a host, markers included, in the order of the file. */
  entriesFor(host: string, port: number): readonly KnownHostsEntry[] {
    const name = knownHostsName(host, port);
    return this.entries.filter((entry) => coversHost(entry.hosts, name, this.#provider));
  }

  /** The key types known for a host: what a client should prefer to ask for. */
  keyTypesFor(host: string, port: number): readonly string[] {
    const known = this.entriesFor(host, port).filter((entry) => entry.marker === undefined);
    return [...new Set(known.map((entry) => entry.type))];
  }
}

/**
 * Reads a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). A line that cannot be read is reported in
 * `problems` and trusts nothing; only a broken `@revoked` line throws `known-hosts-format`, because leaving it out
 * would let a revoked key in.
 *
 * @example
 * const known = parseKnownHosts(await readFile("known_hosts", "utf8"));
 * const { status } = known.lookup("router.example", 830, offered.publicBlob);
 */
export function parseKnownHosts(text: string, options: { readonly provider?: CryptoProvider } = {}): KnownHosts {
  const entries: KnownHostsEntry[] = [];
  const problems: KnownHostsProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    try {
      const entry = parseKnownHostsLine(raw);
      if (entry !== undefined) entries.push({ ...entry, line: index + 1 });
    } catch (error) {
      if (!isSshError(error)) throw error;
      if (/^[ \t]*@revoked/.test(raw))
        throw new SshError("known-hosts-format", `known_hosts line ${index + 1}: ${error.message}`, { cause: error });
      problems.push({ line: index + 1, message: error.message });
    }
  }
  return new KnownHosts(entries, problems, options.provider);
}

/** Reads one line without its line end; `undefined` for an empty one and a comment. Throws `known-hosts-format`. */
export function parseKnownHostsLine(raw: string): KnownHostsLine | undefined {
  // Only space and tab separate; a carriage return is part of the line end.
  const line = raw.replace(/\r$/, "").replace(/^[ \t]+|[ \t]+$/g, "");
  if (line === "" || line.startsWith("#")) return undefined;
  const match = /^(?:(@[^ \t]*)[ \t]+)?([^ \t]+)[ \t]+(.*)$/s.exec(line);
  if (match === null) throw format(`"${printable(line, 80)}" has too few fields`);
  const [, marker, hosts = "", rest = ""] = match;
  if (marker !== undefined && marker !== "@cert-authority" && marker !== "@revoked")
    throw format(`the marker "${printable(marker, 64)}" is not known`);
  // One marker at most: a second one would otherwise be taken for a host.
  if (hosts.startsWith("@")) throw format("there is more than one marker");
  if (hosts.startsWith("|") && parseHashedHost(hosts) === undefined) throw format("the hashed host is malformed");
  return { ...parseKeyFields(rest, "known-hosts-format"), marker, hosts };
}

/** Whether the host field of a line covers a name, which is in the form of `knownHostsName`. */
export function coversHost(hosts: string, name: string, provider: CryptoProvider): boolean {
  const hashed = parseHashedHost(hosts);
  if (hashed === undefined) return matchesPatternList(hosts, name);
  return bytesEqual(hashHost(name, hashed.salt, provider), hashed.hash);
}

/** HMAC-SHA1 of the name. */
export function hashHost(name: string, salt: Uint8Array, provider: CryptoProvider): Uint8Array {
  const key = provider.hmacKey("sha1", salt);
  const hash = key.compute(new TextEncoder().encode(name));
  key.destroy();
  return hash;
}

/** `|1|salt|hash`, both in base64. It cannot be part of a list. */
function parseHashedHost(hosts: string): { readonly salt: Uint8Array; readonly hash: Uint8Array } | undefined {
  const match = /^\|1\|([^|,]+)\|([^|,]+)$/.exec(hosts);
  const salt = decodeBase64(match?.[1] ?? "-");
  const hash = decodeBase64(match?.[2] ?? "-");
  return salt?.length === 20 && hash?.length === 20 ? { salt, hash } : undefined;
}

function format(problem: string): SshError {
  return new SshError("known-hosts-format", `reading known_hosts: ${problem}`);
}

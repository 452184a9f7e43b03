import { bytesEqual } from "../algorithms/bytes-equal.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import { isSshError } from "../errors.ts";
import { knownHostsName } from "./host-pattern.ts";
import { coversHost, type KnownHostsLine, parseKnownHostsLine } from "./known-hosts.ts";
import { formatHashedKnownHostsLine, formatKnownHostsLine } from "./known-hosts-line.ts";

interface ChangeOfHost {
  /** The name or address as the user gave it. */
  readonly host: string;
  readonly port: number;
}

/** What `updateKnownHosts` does. */
export type KnownHostsChange =
  /** Adds a key, unless a line says the same already. */
  | (ChangeOfHost & {
      readonly change: "add";
      readonly publicBlob: Uint8Array;
      readonly comment?: string;
      /** Hashes the name, with a salt from this cryptographic source. */
      readonly hashWith?: RandomSource;
    })
  /** Takes the host off the lines with this key, or off all its lines. */
  | (ChangeOfHost & { readonly change: "remove"; readonly publicBlob?: Uint8Array });

/**
 * The text of a known_hosts file after a change. Every line that the change does not concern stays as it is, byte for
 * byte, also where it cannot be read; new lines get the line ends of the file.
 *
 * A removal touches only lines that name the host itself: lines with a marker stay, and so do wildcards, which speak for
 * other hosts too. Of a list of hosts only the one is taken off.
 *
 * Throws `local-usage` for what is no host name. Writing the result to the file is the caller's: aside, then renamed.
 *
 * @example
 * const after = updateKnownHosts(text, { change: "add", host, port, publicBlob });
 */
export function updateKnownHosts(
  text: string,
  change: KnownHostsChange,
  options: { readonly provider?: CryptoProvider } = {},
): string {
  const { provider = nobleProvider } = options;
  return change.change === "add" ? addKey(text, change, provider) : removeHost(text, change, provider);
}

type Change<Kind extends KnownHostsChange["change"]> = Extract<KnownHostsChange, { readonly change: Kind }>;

function addKey(text: string, change: Change<"add">, provider: CryptoProvider): string {
  const { host, port, publicBlob, comment = "", hashWith } = change;
  const line =
    hashWith === undefined
      ? formatKnownHostsLine(host, port, publicBlob, comment)
      : formatHashedKnownHostsLine(host, port, publicBlob, { random: hashWith, comment, provider });
  const name = knownHostsName(host, port);
  const there = linesOf(text).some((each) => {
    const entry = readable(each);
    return (
      entry?.marker === undefined &&
      entry !== undefined &&
      bytesEqual(entry.publicBlob, publicBlob) &&
      coversHost(entry.hosts, name, provider)
    );
  });
  if (there) return text;
  const end = /\r?\n/.exec(text)?.[0] ?? "\n";
  return `${text}${text === "" || text.endsWith("\n") ? "" : end}${line}${end}`;
}

function removeHost(text: string, change: Change<"remove">, provider: CryptoProvider): string {
  const name = knownHostsName(change.host, change.port);
  return linesOf(text)
    .map((line) => {
      const entry = readable(line);
      if (entry === undefined || entry.marker !== undefined) return line;
      if (change.publicBlob !== undefined && !bytesEqual(entry.publicBlob, change.publicBlob)) return line;
      if (entry.hosts.startsWith("|")) return coversHost(entry.hosts, name, provider) ? "" : line;
      const names = entry.hosts.split(",");
      const others = names.filter((each) => each.toLowerCase() !== name);
      if (others.length === names.length) return line;
      // What is left of the list is only kept when it still covers somebody.
      if (others.every((each) => each.startsWith("!"))) return "";
      return line.replace(entry.hosts, () => others.join(","));
    })
    .join("");
}

/** The lines with their line ends, so that joined they are the text again. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function readable(line: string): KnownHostsLine | undefined {
  try {
    return parseKnownHostsLine(line.replace(/\n$/, ""));
  } catch (error) {
    if (isSshError(error)) return undefined;
    throw error;
  }
}

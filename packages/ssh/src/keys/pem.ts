import { SshError } from "../errors.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/printable.ts";

export interface PemBlock {
  readonly label: string;
  /** Header lines of RFC 1421, which key files of the old form carry; names as they stand. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

/**
 * The first block whose label ends with `suffix` (RFC 7468, with the headers of RFC 1421). Text around it is skipped, and
 * so are other blocks: `openssl ecparam` writes one with the curve before the key. Throws `key-format`.
 */
export function parsePem(text: string, suffix: string, what: string): PemBlock {
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const [, label = ""] = match;
    if (label.endsWith(suffix)) return parseBlock(text.slice(begin.lastIndex), label, what);
  }
  throw new SshError("key-format", `reading ${what}: there is no BEGIN and END line`);
}

function parseBlock(text: string, label: string, what: string): PemBlock {
  const end = /-----END ([A-Z0-9 ]{1,64})-----/.exec(text);
  if (end === null) throw new SshError("key-format", `reading ${what}: there is no END line`);
  if (end[1] !== label)
    throw new SshError("key-format", `reading ${what}: BEGIN "${label}", END "${printable(end[1] ?? "")}"`);
  const lines = text.slice(0, end.index).split(/\r?\n/);
  const headers = new Map<string, string>();
  // RFC 1421 §4.4: headers end with an empty line; base64 has no colon.
  const blank = lines[0]?.includes(":") ? lines.findIndex((line) => line.trim() === "") : -1;
  for (const line of lines.splice(0, blank + 1)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const bytes = decodeBase64(lines.join("").replace(/\s/g, ""));
  if (bytes === undefined) throw new SshError("key-format", `reading ${what}: bad base64 in "${label}"`);
  return { label, headers, bytes };
}

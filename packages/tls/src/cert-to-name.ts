import { type Certificate, toHex } from "./certificate.ts";
import { TlsError } from "./errors.ts";
import { parseTlsFingerprint } from "./fingerprint.ts";
import { formatIpAddress } from "./ip-address.ts";
import { attributeTypes, onlyAttribute } from "./name.ts";
import type { SubjectAltName } from "./subject-alt-names.ts";

/** How a certificate becomes a user name: the identities of ietf-x509-cert-to-name (RFC 7407 §4.4). */
export type CertToNameMapType =
  | "specified"
  | "san-rfc822-name"
  | "san-dns-name"
  | "san-ip-address"
  | "san-any"
  | "common-name";

/** One entry of the list `cert-to-name`. */
export interface CertToNameEntry {
  /** Entries are tried from the lowest id on. */
  readonly id: number;
  /**
   * A `tls-fingerprint` such as `04:9A:3C:…`, of the client's certificate or of the authority it was issued under. Without one the
   * entry fits every certificate that has been found valid: put it last.
   */
  readonly fingerprint?: string;
  readonly mapType: CertToNameMapType;
  /** For `specified`, and only there. */
  readonly name?: string;
}

/** A client's certificate, and the certificates held locally that its validated path goes through. */
export interface ValidatedPath {
  readonly certificate: Certificate;
  readonly authorities: readonly Certificate[];
}

/**
 * Reads a cert-to-name list (RFC 7407 §4.4, RFC 7589 §7). The result gives the user name of a client, from the first entry that
 * fits and from which a name can be had; `undefined` when there is none.
 *
 * @throws TlsError `invalid-options`
 * @example
 * const userName = parseCertToName([{ id: 1, fingerprint: "04:9A:3C:…", mapType: "san-any" }]);
 * userName({ certificate, authorities: [ca] }); // "ops@example.net"
 */
export function parseCertToName(entries: readonly CertToNameEntry[]): (path: ValidatedPath) => string | undefined {
  const rules = entries.toSorted((one, other) => one.id - other.id).map(parseEntry);
  for (const [index, { id }] of rules.entries())
    if (rules[index + 1]?.id === id)
      throw new TlsError("invalid-options", `two cert-to-name entries have the id ${id}`);
  return (path) => {
    for (const rule of rules) {
      // RFC 7407 §4.4: an entry that fits and gives no name is passed over, and the search goes on.
      const name = rule.fits(path) ? rule.nameOf(path.certificate) : undefined;
      if (name !== undefined && isUserName(name)) return name;
    }
    return undefined;
  };
}

interface Rule {
  readonly id: number;
  fits(path: ValidatedPath): boolean;
  nameOf(certificate: Certificate): string | undefined;
}

function parseEntry(entry: CertToNameEntry): Rule {
  const { id, fingerprint, mapType, name } = entry;
  if (!Number.isInteger(id) || id < 0 || id > 0xffffffff)
    throw new TlsError("invalid-options", `cannot use ${id} as the id of a cert-to-name entry`);
  if ((mapType === "specified") !== (name !== undefined) || (name !== undefined && !isUserName(name)))
    throw new TlsError("invalid-options", `cert-to-name entry ${id} has no usable name, or one that is not asked for`);
  const has = fingerprint === undefined ? () => true : parseTlsFingerprint(fingerprint);
  return {
    id,
    fits: ({ certificate, authorities }) => has(certificate) || authorities.some(has),
    nameOf: mapType === "specified" ? () => name : derivation(mapType),
  };
}

function derivation(
  mapType: Exclude<CertToNameMapType, "specified">,
): (certificate: Certificate) => string | undefined {
  switch (mapType) {
    case "common-name":
      return ({ subject }) => onlyAttribute(subject, attributeTypes.commonName);
    case "san-rfc822-name":
      return firstOf(["rfc822"]);
    case "san-dns-name":
      return firstOf(["dns"]);
    case "san-ip-address":
      return firstOf(["ip"]);
    case "san-any":
      return firstOf(["rfc822", "dns", "ip"]);
    default:
      throw new TlsError("invalid-options", `there is no cert-to-name map type "${String(mapType)}"`);
  }
}

function firstOf(kinds: readonly SubjectAltName["kind"][]): (certificate: Certificate) => string | undefined {
  return ({ subjectAltNames }) => {
    const first = subjectAltNames.find(({ kind }) => kinds.includes(kind));
    return first && transformed(first);
  };
}

/** RFC 7407 §4.4, at each identity. */
function transformed(name: SubjectAltName): string {
  switch (name.kind) {
    case "rfc822": {
      const at = name.value.lastIndexOf("@") + 1;
      return name.value.slice(0, at) + name.value.slice(at).toLowerCase();
    }
    case "dns":
      return name.value.toLowerCase();
    case "ip":
      return name.value.length === 4 ? formatIpAddress(name.value) : toHex(name.value);
    case "uri":
      return name.value;
  }
}

const MAX_USER_NAME = 256;

/** What access control and logs can take. */
function isUserName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
  return name !== "" && name.length <= MAX_USER_NAME && !/[\u0000-\u001f\u007f-\u009f]/.test(name);
}

import type { Certificate } from "./certificate.ts";
import { TlsError } from "./errors.ts";
import { parseIpAddress } from "./ip-address.ts";

/**
 * Reads the name or address that a server's certificate has to carry (RFC 7589 §6). The result tells whether one does, by the
 * rules of RFC 6125 §6.4: a DNS name only against dNSName and an address only against iPAddress, never the common name; a
 * wildcard only as the whole first label, for exactly one label, and with at least two labels behind it.
 *
 * @throws TlsError `invalid-options` for what is neither a DNS name (IDNs in their `xn--` form) nor an address
 * @example
 * parseServerName("r7.example.net")(readCertificate(der)); // true for dNSName "*.example.net"
 */
export function parseServerName(expected: string): (certificate: Certificate) => boolean {
  const address = parseIpAddress(expected.replace(/^\[(.*)\]$/, "$1"));
  if (address !== undefined) return (certificate) => hasAddress(certificate, address);
  const name = withoutRoot(expected).toLowerCase();
  if (name.length > MAX_NAME || !name.split(".").every((label) => LABEL.test(label)))
    throw new TlsError("invalid-options", `cannot expect "${expected}": it is neither a DNS name nor an IP address`);
  return (certificate) =>
    certificate.subjectAltNames.some(
      (each) => each.kind === "dns" && presents(withoutRoot(each.value).toLowerCase(), name),
    );
}

const MAX_NAME = 253;
// Underscores are in the names of some devices, though not in RFC 1123 §2.1.
const LABEL = /^[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?$/;

/** RFC 6125 §6.4.1 and §6.4.3. */
function presents(presented: string, expected: string): boolean {
  if (!presented.startsWith("*.")) return presented === expected;
  const rest = presented.slice(1);
  const firstDot = expected.indexOf(".");
  return rest.split(".").length > 2 && !rest.includes("*") && firstDot > 0 && expected.slice(firstDot) === rest;
}

function hasAddress(certificate: Certificate, address: Uint8Array): boolean {
  return certificate.subjectAltNames.some(
    ({ kind, value }) =>
      kind === "ip" && value.length === address.length && address.every((byte, index) => value[index] === byte),
  );
}

function withoutRoot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

import { DerReader } from "./der-reader.ts";
import { certificateLimits } from "./limits.ts";
import { decodeAscii } from "./name.ts";

/** An alternative name that NETCONF can use. Other kinds (directory names, user principal names) are passed over. */
export type SubjectAltName =
  | { readonly kind: "rfc822" | "dns" | "uri"; readonly value: string }
  | { readonly kind: "ip"; readonly value: Uint8Array };

/** Reads the extension subjectAltName (RFC 5280 §4.2.1.6), its names in the order of the certificate. */
export function readSubjectAltNames(extension: Uint8Array): readonly SubjectAltName[] {
  const outer = new DerReader(extension);
  const list = outer.sequence();
  outer.end();
  const names: SubjectAltName[] = [];
  for (let count = 0; list.more; count++) {
    if (count === certificateLimits.subjectAltNames) list.fail("it has too many alternative names");
    const { tag, value } = list.element();
    const kind = textKinds.get(tag);
    if (kind !== undefined) names.push({ kind, value: readText(list, value) });
    else if (tag === IP_ADDRESS) names.push({ kind: "ip", value: readAddress(list, value) });
  }
  return names;
}

const textKinds: ReadonlyMap<number, "rfc822" | "dns" | "uri"> = new Map([
  [0x81, "rfc822"],
  [0x82, "dns"],
  [0x86, "uri"],
]);
const IP_ADDRESS = 0x87;

/** A byte of zero or a space inside has made one name look like another before (CVE-2009-2408): such a certificate is refused. */
function readText(list: DerReader, value: Uint8Array): string {
  const text = decodeAscii(value);
  if (text === undefined || text === "" || text.includes(" ")) list.fail("an alternative name is not printable ASCII");
  return text;
}

function readAddress(list: DerReader, value: Uint8Array): Uint8Array {
  if (value.length !== 4 && value.length !== 16) list.fail(`an IP address has ${value.length} bytes`);
  return value;
}

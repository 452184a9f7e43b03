import { DerReader, tags } from "./der-reader.ts";
import { certificateLimits } from "./limits.ts";

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** Such as `2.5.4.3`, the common name. */
  readonly type: string;
  /** `undefined` for an encoding whose characters are not certain (TeletexString and others), and for control characters. */
  readonly value: string | undefined;
}

/** Reads a distinguished name (RFC 5280 §4.1.2.4), its parts in the order of the certificate. */
export function readName(reader: DerReader): readonly NameAttribute[] {
  const sequence = reader.sequence();
  const attributes: NameAttribute[] = [];
  while (sequence.more) {
    const set = new DerReader(sequence.value(tags.set));
    if (!set.more) sequence.fail("a part of a name is empty");
    while (set.more) {
      const pair = set.sequence();
      const type = pair.objectIdentifier();
      const { tag, value } = pair.element();
      pair.end();
      attributes.push({ type, value: decodeText(tag, value) });
      if (attributes.length > certificateLimits.nameAttributes) sequence.fail("a name has too many parts");
    }
  }
  return attributes;
}

/** The object identifiers of RFC 4519 that NETCONF asks for. */
export const attributeTypes = { commonName: "2.5.4.3", serialNumber: "2.5.4.5" } as const;

/** The only attribute of this type. Two of a kind are none: which one counts would be a guess. */
export function onlyAttribute(name: readonly NameAttribute[], type: string): string | undefined {
  const found = name.filter((attribute) => attribute.type === type);
  return found.length === 1 ? found[0]?.value : undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(tag: number, value: Uint8Array): string | undefined {
  const text = decode(tag, value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
  return text === undefined || text === "" || /[\u0000-\u001f\u007f-\u009f]/.test(text) ? undefined : text;
}

function decode(tag: number, value: Uint8Array): string | undefined {
  switch (tag) {
    case tags.utf8String:
      try {
        return utf8.decode(value);
      } catch {
        return undefined;
      }
    case tags.printableString:
    case tags.ia5String:
      return decodeAscii(value);
    case tags.bmpString:
      return decodeUtf16(value);
    default:
      return undefined;
  }
}

/** Printable ASCII, spaces included; `undefined` for anything else. */
export function decodeAscii(value: Uint8Array): string | undefined {
  return value.every((byte) => byte >= 0x20 && byte <= 0x7e) ? latin1(value) : undefined;
}

function latin1(value: Uint8Array): string {
  let text = "";
  for (const byte of value) text += String.fromCharCode(byte);
  return text;
}

/** UTF-16 in big-endian bytes; BMPString has no surrogates (X.680 §41). */
function decodeUtf16(value: Uint8Array): string | undefined {
  if (value.length % 2 !== 0) return undefined;
  let text = "";
  for (let i = 0; i < value.length; i += 2) text += String.fromCharCode(((value[i] ?? 0) << 8) | (value[i + 1] ?? 0));
  return /[\ud800-\udfff]/.test(text) ? undefined : text;
}

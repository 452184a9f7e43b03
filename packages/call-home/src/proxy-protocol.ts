import { isAddress } from "./address-list.ts";
import { DialectError } from "./dialect-errors.ts";

/** Where a connection comes from by the word of a balancer. */
export interface ProxyAddress {
  /** `192.0.2.1`, or all eight groups of an IPv6 address. */
  readonly address: string;
  readonly port: number;
}

/** A header of the PROXY protocol, version 1 (text) or 2 (bytes). */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** `local`: the balancer itself calls, as for a check whether we live. */
  readonly command: "proxy" | "local";
  /** Undefined when the balancer does not know, or does not say: then the connection's own address counts. */
  readonly source: ProxyAddress | undefined;
  /** Bytes that the header takes. */
  readonly length: number;
}

/** How large a PROXY header may be. */
export interface ProxyLimits {
  /** Bytes of a version 2 header. Default 4096. */
  readonly maxHeaderBytes?: number;
  /** Extensions (TLVs) of a version 2 header. Default 64. */
  readonly maxTlvs?: number;
}

/** Whether bytes begin as a header does; undefined while there are too few to say. */
export function beginsProxyHeader(bytes: Uint8Array): boolean | undefined {
  const [v1, v2] = [V1_START, V2_START].map((start) => beginsWith(bytes, start));
  if (v1 === true || v2 === true) return true;
  return v1 === undefined || v2 === undefined ? undefined : false;
}

/**
 * Reads the header at the beginning of `bytes`; undefined while it is not whole. Take it only from balancers that are listed:
 * anybody can write one.
 *
 * @throws DialectError `proxy-header-missing`, `proxy-header-malformed`, `proxy-header-checksum`, `limit-proxy-header`
 * @example
 * decodeProxyHeader(new TextEncoder().encode("PROXY TCP4 192.0.2.1 10.0.0.5 51000 4334\r\n"))?.source; // 192.0.2.1, 51000
 */
export function decodeProxyHeader(bytes: Uint8Array, limits: ProxyLimits = {}): ProxyHeader | undefined {
  const begins = beginsProxyHeader(bytes);
  if (begins === undefined) return undefined;
  if (!begins) throw new DialectError("proxy-header-missing", "the balancer does not begin with a PROXY header");
  return bytes[0] === V2_START[0] ? decodeV2(bytes, limits) : decodeV1(bytes);
}

const V1_START = new TextEncoder().encode("PROXY ");
const V2_START = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean | undefined {
  const length = Math.min(bytes.length, start.length);
  for (let at = 0; at < length; at++) if (bytes[at] !== start[at]) return false;
  return length === start.length ? true : undefined;
}

/** PROXY protocol §2.1: never longer, its end of line included. */
const MAX_V1_BYTES = 107;
const LF = 0x0a;

function decodeV1(bytes: Uint8Array): ProxyHeader | undefined {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf(LF);
  if (end === -1 && bytes.length < MAX_V1_BYTES) return undefined;
  const line = String.fromCharCode(...bytes.subarray(0, end + 1));
  const found = /^PROXY (?:UNKNOWN(?: [ -~]*)?|(TCP4|TCP6) ([\d.a-fA-F:]+) ([\d.a-fA-F:]+) (\d+) (\d+))\r\n$/.exec(
    line,
  );
  if (found === null) throw malformed("its line is not of the protocol's form");
  const [, family, source, destination, ...ports] = found;
  const length = end + 1;
  if (family === undefined) return { version: 1, command: "proxy", source: undefined, length };
  for (const address of [source, destination]) {
    if (address === undefined || !isAddress(address) || address.includes(":") !== (family === "TCP6"))
      throw malformed(`an address is not of the family ${family}`);
  }
  const [port = Number.NaN, other = Number.NaN] = ports.map(portNumber);
  if (Number.isNaN(port) || Number.isNaN(other)) throw malformed("a port is not one");
  return { version: 1, command: "proxy", source: { address: source ?? "", port }, length };
}

/** PROXY protocol §2.1: decimal, without leading zeros. */
function portNumber(text: string): number {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff ? Number(text) : Number.NaN;
}

const V2_FIXED_BYTES = 16;
const DEFAULT_MAX_HEADER_BYTES = 4096;

function decodeV2(bytes: Uint8Array, limits: ProxyLimits): ProxyHeader | undefined {
  if (bytes.length < V2_FIXED_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = V2_FIXED_BYTES + view.getUint16(14);
  const limit = limits.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES;
  if (length > limit) {
    throw new DialectError("limit-proxy-header", `the PROXY header has ${length} bytes, the limit is ${limit}`);
  }
  const command = COMMANDS.get(view.getUint8(12));
  if (command === undefined) throw malformed("its version or its command is unknown");
  if (bytes.length < length) return undefined;
  // §2.2: what a local connection says of addresses is not looked at.
  if (command === "local") return { version: 2, command, source: undefined, length };
  const family = FAMILIES.get(view.getUint8(13));
  if (family === undefined) throw malformed("it is for no byte stream");
  const addressesEnd = V2_FIXED_BYTES + 2 * (family.addressBytes + family.portBytes);
  if (addressesEnd > length) throw malformed("its addresses are cut off");
  checkTlvs(bytes.subarray(0, length), addressesEnd, limits.maxTlvs ?? DEFAULT_MAX_TLVS);
  return { version: 2, command, source: readSource(view, family), length };
}

/** §2.2: the upper half is the version. */
const COMMANDS = new Map<number, "local" | "proxy">([
  [0x20, "local"],
  [0x21, "proxy"],
]);

interface Family {
  readonly addressBytes: number;
  readonly portBytes: number;
}

/** §2.2, family and transport: unspecified, TCP over IPv4 and over IPv6, UNIX stream. */
const FAMILIES = new Map<number, Family>([
  [0x00, { addressBytes: 0, portBytes: 0 }],
  [0x11, { addressBytes: 4, portBytes: 2 }],
  [0x21, { addressBytes: 16, portBytes: 2 }],
  [0x31, { addressBytes: 108, portBytes: 0 }],
]);

function readSource(view: DataView, { addressBytes, portBytes }: Family): ProxyAddress | undefined {
  if (portBytes === 0) return undefined;
  const port = view.getUint16(V2_FIXED_BYTES + 2 * addressBytes);
  const parts =
    addressBytes === 4
      ? Array.from({ length: 4 }, (_, at) => String(view.getUint8(V2_FIXED_BYTES + at)))
      : Array.from({ length: 8 }, (_, at) => view.getUint16(V2_FIXED_BYTES + 2 * at).toString(16));
  return { address: parts.join(addressBytes === 4 ? "." : ":"), port };
}

const DEFAULT_MAX_TLVS = 64;
const TLV_HEAD_BYTES = 3;
/** §2.2.4. */
const PP2_TYPE_CRC32C = 0x03;

/** Extensions are skipped, but for the checksum: §2.2.4 has a receiver that knows it drop what does not match. */
function checkTlvs(header: Uint8Array, from: number, maxTlvs: number): void {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  let count = 0;
  for (let at = from; at < header.length; ) {
    if (++count > maxTlvs) {
      throw new DialectError("limit-proxy-header", `the PROXY header has more than ${maxTlvs} extensions`);
    }
    if (at + TLV_HEAD_BYTES > header.length) throw malformed("an extension is cut off");
    const end = at + TLV_HEAD_BYTES + view.getUint16(at + 1);
    if (end > header.length) throw malformed("an extension is cut off");
    if (header[at] === PP2_TYPE_CRC32C) checkSum(header, view, at + TLV_HEAD_BYTES, end);
    at = end;
  }
}

function checkSum(header: Uint8Array, view: DataView, at: number, end: number): void {
  if (end - at !== 4) throw malformed("its checksum has not 4 bytes");
  const zeroed = header.slice();
  zeroed.fill(0, at, end);
  if (crc32c(zeroed) !== view.getUint32(at)) {
    throw new DialectError("proxy-header-checksum", "the PROXY header does not match its checksum");
  }
}

/** RFC 9260 Appendix A. Bit by bit: a header is short. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function malformed(what: string): DialectError {
  return new DialectError("proxy-header-malformed", `the PROXY header cannot be read: ${what}`);
}

import { quoted } from "@netconf-kit/core";
import { DialectError } from "./dialect-errors.ts";

/**
 * Addresses and networks: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. An IPv4 address in IPv6 form counts as IPv4
 * (RFC 4291 §2.5.5.2), because that is how a listener for both families sees it.
 *
 * @throws DialectError `invalid-options` for an entry that is no address
 * @example
 * const balancers = new AddressList(["10.0.0.0/8"]);
 * balancers.has("10.1.2.3:51000"); // true
 */
export class AddressList {
  readonly #networks: readonly Network[];

  constructor(entries: readonly string[] = []) {
    this.#networks = entries.map((entry) => {
      const network = parseNetwork(entry);
      if (network === undefined) {
        throw new DialectError("invalid-options", `cannot use the address ${quoted(entry)}: no IP address or network`);
      }
      return network;
    });
  }

  get size(): number {
    return this.#networks.length;
  }

  /** Whether the address, with or without a port, is in the list. What is no IP address is in no list. */
  has(remote: string | undefined): boolean {
    const address = remote === undefined ? undefined : parseAddress(withoutPort(remote));
    return address !== undefined && this.#networks.some((network) => contains(network, address));
  }
}

/**
 * Whether a text names an address or a network.
 *
 * @example
 * isAddressOrNetwork("192.0.2.0/24"); // true
 */
export function isAddressOrNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

/**
 * Whether a text is one IP address.
 *
 * @example
 * isAddress("2001:db8::1"); // true
 */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

interface Network {
  /** 16 bytes; those of IPv4 stand behind ::ffff:0:0. */
  readonly address: Uint8Array;
  /** Bits that count, of 128. */
  readonly prefix: number;
}

const ALL_BITS = 128;
const MAPPED_BITS = 96;

function parseNetwork(text: string): Network | undefined {
  const [host = "", length, ...more] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, prefix: ALL_BITS };
  const offset = host.includes(":") ? 0 : MAPPED_BITS;
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) + offset : Number.NaN;
  return prefix <= ALL_BITS ? { address, prefix } : undefined;
}

function contains({ address, prefix }: Network, other: Uint8Array): boolean {
  return address.every((byte, index) => {
    const bits = Math.min(Math.max(prefix - 8 * index, 0), 8);
    return (byte ^ (other[index] ?? 0)) >> (8 - bits) === 0;
  });
}

function withoutPort(remote: string): string {
  return remote.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^([^:]*):\d+$/, "$1");
}

function parseAddress(text: string): Uint8Array | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return Uint8Array.from([...new Array<number>(10).fill(0), 0xff, 0xff, ...ipv4]);
  return text.includes(":") ? parseIpv6(text.replace(/%[\w.-]+$/, "")) : undefined;
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return valid ? parts.map(Number) : undefined;
}

/** The forms of RFC 4291 §2.2. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail] = groups.map((list, half) =>
    list.flatMap((group, at) => groupBytes(group, half === groups.length - 1 && at === list.length - 1)),
  );
  const bytes = [...head, ...(tail ?? [])];
  const isWhole = tail === undefined ? bytes.length === 16 : bytes.length <= 14;
  if (!isWhole || bytes.some(Number.isNaN)) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(16 - bytes.length).fill(0), ...(tail ?? [])]);
}

/** Two bytes of a hexadecimal group, four of an IPv4 address at the very end; NaN for anything else. */
function groupBytes(group: string, isLast: boolean): readonly number[] {
  if (/^[\da-f]{1,4}$/i.test(group)) {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }
  return (isLast ? parseIpv4(group) : undefined) ?? [Number.NaN];
}

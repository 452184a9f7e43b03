/**
 * Whether an address is in a list of addresses and networks in CIDR form, as the `source-address` option of a certificate
 * has them. One malformed entry makes the answer `false`, whatever stands beside it: the option exists to restrict.
 * An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) counts as IPv4.
 *
 * @example
 * matchesSourceAddress(["10.0.0.0/8", "2001:db8::/32"], "10.1.2.3"); // true
 */
export function matchesSourceAddress(list: readonly string[], address: string): boolean {
  const from = parseAddress(address);
  const networks = list.map(parseNetwork);
  if (from === undefined || networks.includes(undefined)) return false;
  return networks.some(
    (network) =>
      network !== undefined &&
      network.bits === from.bits &&
      network.value >> network.hostBits === from.value >> network.hostBits,
  );
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseNetwork(text: string): (Address & { readonly hostBits: bigint }) | undefined {
  const match = /^([^/]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text);
  const address = parseAddress(match?.[1] ?? "");
  if (address === undefined) return undefined;
  const prefix = match?.[2] === undefined ? address.bits : Number(match[2]);
  if (prefix > address.bits) return undefined;
  const hostBits = BigInt(address.bits - prefix);
  // A network with host bits set is a mistake, and nobody knows which part was meant.
  return address.value === (address.value >> hostBits) << hostBits ? { ...address, hostBits } : undefined;
}

function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  // A zone names a link of this machine and is no part of the address (RFC 4007 §11).
  const words = parseIpv6(text.replace(/%[^%]+$/, ""));
  if (words === undefined) return undefined;
  const value = words.reduce((sum, word) => (sum << 16n) | BigInt(word), 0n);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

function parseIpv4(text: string): Address | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const parts = match?.slice(1) ?? [];
  // Leading zeros are octal to some programs.
  if (parts.length === 0 || parts.some((part) => Number(part) > 255 || /^0./.test(part))) return undefined;
  return { bits: 32, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

/** Eight words of RFC 4291 §2.2, `::` and an IPv4 tail included. */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  if (halves.length > 2) return undefined;
  const words = halves.map((half, h) =>
    half.flatMap((word, i) => parseWord(word, h === halves.length - 1 && i === half.length - 1)),
  );
  const [head = [], tail = []] = words;
  const given = head.length + tail.length;
  const gap = halves.length === 2 ? 8 - given : 0;
  // `::` stands for at least one word.
  if (given + gap !== 8 || (halves.length === 2 && gap < 1)) return undefined;
  const all = [...head, ...new Array<number>(gap).fill(0), ...tail];
  return all.every((word) => word >= 0) ? all : undefined;
}

/** One word, or two for an IPv4 address at the end; -1 for what is neither. */
function parseWord(text: string, last: boolean): readonly number[] {
  if (/^[0-9A-Fa-f]{1,4}$/.test(text)) return [Number.parseInt(text, 16)];
  const ipv4 = last ? parseIpv4(text) : undefined;
  return ipv4 === undefined ? [-1] : [Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn)];
}

/**
 * The 4 or 16 bytes of an IP address in text; `undefined` for anything else. IPv4 takes four decimal numbers without leading
 * zeros, IPv6 the forms of RFC 4291 §2.2, without a zone.
 *
 * @example
 * parseIpAddress("192.0.2.1"); // Uint8Array [192, 0, 2, 1]
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => {
    const groups = half === "" ? [] : half.split(":");
    // RFC 4291 §2.2: an IPv4 address only at the very end.
    return groups.flatMap((group, at) => groupBytes(group, index === halves.length - 1 && at === groups.length - 1));
  });
  if (head === undefined || [...head, ...(tail ?? [])].some(Number.isNaN)) return undefined;
  const length = head.length + (tail?.length ?? 0);
  // "::" stands for one group or more (RFC 4291 §2.2; RFC 5952 §4.2.2 has writers use it for two or more).
  if (tail === undefined ? length !== 16 : length > 14) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(16 - length).fill(0), ...(tail ?? [])]);
}

/** Two bytes of a hexadecimal group, or four of an IPv4 address; NaN for anything else. */
function groupBytes(group: string, isLast: boolean): readonly number[] {
  if (/^[\da-f]{1,4}$/i.test(group)) {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }
  const ipv4 = isLast ? parseIpv4(group) : undefined;
  return ipv4 === undefined ? [Number.NaN] : [...ipv4];
}

/**
 * An address as text: dotted decimal, or IPv6 with all eight groups, lower case, without leading zeros and with the longest run
 * of zeros shortened (RFC 5952 §4).
 */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  const runs = groups.map((_, start) => groups.slice(start).findIndex((group) => group !== "0"));
  const lengths = runs.map((run, start) => (run === -1 ? groups.length - start : run));
  const longest = Math.max(...lengths);
  // RFC 5952 §4.2.2, §4.2.3: never for a single group; the first of equal runs.
  if (longest < 2) return groups.join(":");
  const start = lengths.indexOf(longest);
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + longest).join(":")}`;
}

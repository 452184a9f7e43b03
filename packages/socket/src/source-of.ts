/**
 * The source of a connection, from an address such as `192.0.2.1:4334` or `[2001:db8::1]:4334`: the address without its port.
 * Of an IPv6 address the first 64 bits count, because one host may use all addresses of its network (RFC 4291 §2.5.4). An IPv4
 * address in IPv6 form counts as IPv4; what is no address counts as it is.
 *
 * @example
 * sourceOf("192.0.2.1:4334"); // "192.0.2.1"
 */
export function sourceOf(remote: string): string {
  const host = remote.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^([^:]*):\d+$/, "$1");
  if (!host.includes(":")) return host.toLowerCase();
  const address = host.replace(/%.*$/, "").toLowerCase();
  const mapped = /^(?:0*:){0,5}(?::|0*:)?ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const zeros = new Array<string>(Math.max(0, gap)).fill("0");
  const words = [...before, ...zeros, ...after];
  if (words.length !== 8 || !words.every((word) => /^[0-9a-f]{1,4}$/.test(word))) return host.toLowerCase();
  const network = words.slice(0, 4).map((word) => Number.parseInt(word, 16).toString(16));
  return `${network.join(":")}::/64`;
}

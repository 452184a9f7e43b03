import { BlockList, isIP } from "node:net";
import { RelayError } from "./errors.ts";

/** Where a WebSocket wants to go. */
export interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

const PATTERN = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/?#@\\]{1,253})):(\d{1,5})$/;

/** Reads `HOST:PORT`, an IPv6 address in brackets; `undefined` when it is none. */
export function parseTarget(text: string): RelayTarget | undefined {
  const [, bracketed, plain, digits] = PATTERN.exec(text) ?? [];
  const host = (bracketed ?? plain)?.toLowerCase();
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6))
    return undefined;
  return { host, port };
}

/** As it is written: `HOST:PORT`, an IPv6 address in brackets. */
export function formatTarget({ host, port }: RelayTarget): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The targets that may be dialled. A name is compared as it is written and never resolved for it: an entry with an address
 * allows no name that leads there.
 */
export class AllowedTargets {
  readonly #names: Set<string> = new Set();
  readonly #addresses: Map<number, BlockList> = new Map();

  /**
   * @param entries `HOST:PORT`, or a network of addresses as `192.0.2.0/24:830` and `[2001:db8::/32]:830`.
   * @throws RelayError `bad-option` for anything else.
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [, network = "", digits = ""] = /^\[?([0-9A-Fa-f:.]+\/\d{1,3})\]?:(\d{1,5})$/.exec(entry) ?? [];
      const [address = "", prefix = ""] = network.split("/");
      const target = parseTarget(network === "" ? entry : formatTarget({ host: address, port: Number(digits) }));
      if (target === undefined) throw badEntry(entry);
      if (isIP(target.host) === 0) this.#names.add(formatTarget(target));
      else this.#allow(target, prefix === "" ? undefined : Number(prefix), entry);
    }
  }

  has(target: RelayTarget): boolean {
    const family = isIP(target.host);
    if (family === 0) return this.#names.has(formatTarget(target));
    return this.#addresses.get(target.port)?.check(target.host, family === 6 ? "ipv6" : "ipv4") === true;
  }

  #allow({ host, port }: RelayTarget, prefix: number | undefined, entry: string): void {
    const family = isIP(host) === 6 ? "ipv6" : "ipv4";
    const bits = family === "ipv6" ? 128 : 32;
    if (prefix !== undefined && prefix > bits) throw badEntry(entry);
    const list = this.#addresses.get(port) ?? new BlockList();
    this.#addresses.set(port, list);
    list.addSubnet(host, prefix ?? bits, family);
  }
}

function badEntry(entry: string): RelayError {
  return new RelayError(
    "bad-option",
    `"${entry}" is not a target: write HOST:PORT, [ADDRESS]:PORT or NETWORK/BITS:PORT`,
  );
}

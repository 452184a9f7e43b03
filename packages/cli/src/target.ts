import { isIPv6 } from "node:net";
import { UsageError } from "./exit-codes.ts";

/** `[user@]host[:port]`, as `ssh` and `curl` take it. */
export interface Target<Port = number> {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | Port;
}

const PATTERN = /^(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:@]+)|([^@[\]]*:[^@[\]]*:[^@[\]]*))(?::(\d{1,5}))?$/;

/**
 * Reads a target. An IPv6 address with a port stands in brackets: `[2001:db8::1]:830`.
 *
 * @throws UsageError when it is none.
 */
export function parseTarget<Port>(text: string, defaultPort: Port): Target<Port> {
  const match = PATTERN.exec(text);
  const host = match?.[2] ?? match?.[3] ?? match?.[4];
  if (match === null || host === undefined) {
    throw new UsageError(`"${text}" is not a target`, {
      hint: "write [user@]host[:port], for example admin@192.0.2.1:830",
    });
  }
  return { user: match[1], host, port: match[5] === undefined ? defaultPort : parsePort(match[5]) };
}

/** Reads `[addr:]port` of `--call-home`. An address may stand alone, `*` being every one: then the port is the usual one. */
export function parseListenAddress(
  text: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } {
  const withPort = isIPv6(text) ? null : /^(?:(.*):)?(\d+)$/.exec(text);
  const [, address, port = String(defaultPort)] = withPort ?? [text, text];
  const host = (address ?? "*").replace(/^\[(.*)\]$/, "$1");
  return { host: host === "*" ? "::" : host, port: parsePort(port) };
}

/** A TCP port; 0 lets the system choose where we listen. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`"${text}" is not a port`, { hint: "a port is a number from 0 to 65535" });
  return port;
}

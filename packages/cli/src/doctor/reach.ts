import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { dialTcp } from "@netconf-kit/node-adapter";
import { type DuplexSocket, TransportError } from "netconf-kit";
import type { HostSettings } from "../host-settings.ts";
import type { Way } from "../way.ts";
import type { Examination, Layer } from "./examination.ts";

/** What is below SSH or TLS on the way to this host. */
export function layersOfWay({ config }: HostSettings, { hops }: Way): readonly Layer[] {
  if (hops.length > 0) return ["jump host"];
  return isIP(config.host) === 0 ? ["name", "tcp"] : ["tcp"];
}

/** Opens the connection below SSH or TLS. */
export async function reach(
  { config, timeout }: HostSettings,
  way: Way,
  examination: Examination,
  signal: AbortSignal,
): Promise<DuplexSocket> {
  if (way.hops.length > 0) {
    const socket = await way.dial({ signal });
    examination.pass("jump host", `through ${way.hops.join(" and ")}`);
    return socket;
  }
  const { host, port } = config;
  const addresses = isIP(host) === 0 ? await addressesOf(host) : [host];
  examination.pass("name", `${host} is ${addresses.join(", ")}`);
  // What was resolved just now is not asked for again: the time of this layer is that of TCP.
  const dial = dialTcp({ host, port, timeout, resolve: () => Promise.resolve(addresses) });
  const socket = await dial({ signal });
  const { remote = host } = socket;
  const [first = ""] = addresses;
  const inTurn = remote.includes(first) ? [] : [`${first} does not answer, and every session tries it first`];
  examination.pass("tcp", remote, inTurn);
  return socket;
}

async function addressesOf(host: string): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new TransportError("name-not-found", `cannot find the address of "${host}": ${words}`, { cause });
  }
}

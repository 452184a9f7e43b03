import type { DeviceCall, DeviceLookup } from "@netconf-kit/call-home";
import {
  type CryptoProvider,
  checkKnownHost,
  KnownHosts,
  lookupSshfp,
  parseCertificate,
  type SshfpAnswer,
} from "@netconf-kit/ssh";
import { secondsNow } from "./wall-clock.ts";

/** How DNS is asked. */
export interface SshfpLookupOptions {
  /** Does the DNS query. Only an answer that DNSSEC has proved counts (RFC 4255 §2.4). */
  readonly resolve: (host: string) => SshfpAnswer | Promise<SshfpAnswer>;
  /**
   * The host name whose records are to be compared: a guess, from the address maybe, for only the key proves it. Default: the name
   * of the entry whose address it is.
   */
  readonly hostOf?: (call: DeviceCall) => string | undefined | Promise<string | undefined>;
  /** The name of the entry of a host. Default: the host name. */
  readonly deviceOf?: (host: string) => string;
  readonly provider?: CryptoProvider;
}

/**
 * Knows a device by the SSHFP records of its host name (RFC 4255). A key that they do not have is left to whoever comes next.
 *
 * @example
 * listenCallHome({ ...options, lookups: [sshfpLookup({ resolve: (host) => doh(host, "SSHFP") })] });
 */
export function sshfpLookup(options: SshfpLookupOptions): DeviceLookup {
  const { resolve, hostOf = nameAtAddress, deviceOf = (host) => host, provider } = options;
  return {
    name: "sshfp",
    find: async (call) => {
      const { publicBlob } = call.evidence;
      const host = publicBlob && (await hostOf(call));
      if (publicBlob === undefined || host === undefined) return undefined;
      return (await lookupSshfp(host, publicBlob, resolve, provider)) === "match" ? deviceOf(host) : undefined;
    },
  };
}

/** How known_hosts is asked. */
export interface KnownHostsLookupOptions {
  /** Ports under which the file may know the device. Default 830 and 22. */
  readonly ports?: readonly number[];
  /** Seconds since 1970, for the validity of certificates. Default: the time of day. */
  readonly now?: () => number;
  readonly provider?: CryptoProvider;
}

/**
 * Knows a device by a known_hosts file, in which the names of the entries are host names: by its key, or by a certificate of an
 * authority that the file trusts for that name. A revoked key is nobody's.
 *
 * @param knownHosts the file; a function is called each time, so that it may have been read anew
 * @example
 * listenCallHome({ ...options, lookups: [knownHostsLookup(parseKnownHosts(text))] });
 */
export function knownHostsLookup(
  knownHosts: KnownHosts | (() => KnownHosts),
  { ports = [830, 22], now = secondsNow, provider }: KnownHostsLookupOptions = {},
): DeviceLookup {
  const read = (): KnownHosts => (typeof knownHosts === "function" ? knownHosts() : knownHosts);
  return {
    name: "known_hosts",
    get certifies() {
      return read().entries.some(({ marker }) => marker === "@cert-authority");
    },
    find: ({ evidence: { publicBlob, certificate }, devices }) => {
      if (publicBlob === undefined) return undefined;
      // Every name is to be tried: with the few lines that are about this key, or a stranger's calls would cost too much.
      const shown = certificate && parseCertificate(publicBlob);
      const keys = shown === undefined ? [publicBlob] : [shown.publicBlob, shown.authority];
      const entries = read().entries.filter((entry) => keys.some((key) => sameBytes(key, entry.publicBlob)));
      if (entries.length === 0) return undefined;
      const known = new KnownHosts(entries, [], provider);
      for (const { name: host } of devices) {
        for (const port of ports) {
          const check = { host, port, publicBlob, now: now(), ...(provider !== undefined && { provider }) };
          if (checkKnownHost(known, check).trusted) return host;
        }
      }
      return undefined;
    },
  };
}

/** Public keys: nothing is lost by stopping early. */
function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function nameAtAddress({ devices, remote }: DeviceCall): string | undefined {
  return devices.at(remote)?.name;
}

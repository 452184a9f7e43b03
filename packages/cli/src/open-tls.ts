import { readSshConfig, tlsClient } from "@netconf-kit/node-adapter";
import { connect, listenCallHome, type Secure, type TlsDevice } from "netconf-kit";
import { awaitCall } from "./await-call.ts";
import { UsageError } from "./exit-codes.ts";
import { type HostSettings, hostSettings, loadSshConfig, replyTimeout } from "./host-settings.ts";
import type { Opener, SessionSettings } from "./opener.ts";
import { CALL_HOME_TLS_PORT, NETCONF_TLS_PORT } from "./ports.ts";
import type { SessionOptions } from "./session-options.ts";
import { parseTarget } from "./target.ts";
import type { Terminal } from "./terminal.ts";
import { fingerprintsIn, readAuthorities, readOwnCertificate } from "./tls-files.ts";
import { forbidSsh, normalPin, type TlsSessionOptions } from "./tls-options.ts";
import { type Way, wayTo } from "./way.ts";

/** Sessions over TLS with a device that is dialled. */
export async function dialTls(
  target: string,
  options: SessionOptions,
  session: SessionSettings,
  terminal: Terminal,
): Promise<Opener> {
  const { tls, way } = await prepareTls(target, options, terminal);
  return { open: (signal) => connect({ dial: way.dial, tls, session, signal }), close: way.close };
}

/** What it takes to reach a device over TLS, read and asked for once. */
export interface PreparedTls {
  readonly settings: HostSettings;
  readonly tls: Secure;
  readonly way: Way;
}

/** Reads what target and options name. */
export async function prepareTls(text: string, options: SessionOptions, terminal: Terminal): Promise<PreparedTls> {
  forbidSsh(options);
  const target = parseTarget(text, undefined);
  if (target.user !== undefined) {
    throw new UsageError(`"${target.user}@" has no meaning with --tls`, {
      hint: "our certificate says who we are; the device makes a user name of it",
    });
  }
  const { pin, ca = [] } = options;
  if (pin === undefined && ca.length === 0) {
    throw new UsageError("nothing says how to know the device", {
      hint: "name the authority of its certificate with --ca, or the certificate itself with --pin",
    });
  }
  // RFC 7589 §6: the name that the user gave. A pin alone needs none.
  const serverName = options.serverName ?? (ca.length === 0 ? undefined : target.host);
  const tls = await tlsOf(options, serverName, terminal);
  // ssh_config tells of ways to SSH servers: here it counts for the jump hosts only.
  const settings = hostSettings(await readSshConfig({ file: "none" }), target, options, NETCONF_TLS_PORT);
  const sshConfig = await loadSshConfig(options);
  return { settings, tls, way: await wayTo(settings, { options, sshConfig, keys: new Map(), terminal }) };
}

/** A session over TLS with a device that calls. */
export async function awaitTls(
  address: string,
  options: SessionOptions,
  session: SessionSettings,
  terminal: Terminal,
): Promise<Opener> {
  forbidSsh(options);
  const devices = namedTlsDevices(options);
  if (devices.length === 0) {
    throw new UsageError("nothing says which devices may call over TLS", {
      hint: "name their certificates with --pin, or a name in one with --server-name and its authority with --ca",
    });
  }
  const tls = await tlsForCallers(options, terminal);
  return {
    open: (signal) =>
      awaitCall({
        address,
        defaultPort: CALL_HOME_TLS_PORT,
        listen: (listeners, onEvent) => listenCallHome({ listeners, tls, devices, session, maxSessions: 1, onEvent }),
        terminal,
        signal,
      }),
    close: async () => {},
  };
}

/**
 * Which devices may call over TLS: the certificates of `--pin`, and the one that names `--server-name` and that an authority of
 * `--ca` vouches for. That an authority knows a device does not make it one of ours (RFC 8071 §3.1 C6).
 */
export function namedTlsDevices(options: TlsSessionOptions): readonly TlsDevice[] {
  const { pin = [], serverName: name, ca = [] } = options;
  const pinned = pin.map(normalPin).map((fingerprint) => ({ name: fingerprint, fingerprints: [fingerprint] }));
  if (name !== undefined && ca.length === 0) {
    throw new UsageError("--server-name needs an authority that vouches for the name", { hint: "name it with --ca" });
  }
  const authorities = name === undefined ? [] : fingerprintsIn(readAuthorities(ca));
  const named = authorities.map((authority, index) => ({
    name: index === 0 ? String(name) : `${name} of ${authority}`,
    certified: { authority, name: String(name) },
  }));
  return [...pinned, ...named];
}

/** Our end of TLS for devices that call: whether one is known by its name or its pin, the list of devices says, not the handshake. */
export function tlsForCallers(options: TlsCallerOptions, terminal: Terminal): Promise<Secure> {
  const { pin: _, ...rest } = options;
  return tlsOf(rest, undefined, terminal);
}

type TlsCallerOptions = TlsSessionOptions & Pick<SessionOptions, "timeout">;

async function tlsOf(options: TlsCallerOptions, serverName: string | undefined, terminal: Terminal): Promise<Secure> {
  const { ca = [], pin } = options;
  const own = await readOwnCertificate(options, terminal);
  return tlsClient({
    ...own,
    handshakeTimeout: replyTimeout(options),
    ...(ca.length > 0 && { ca: readAuthorities(ca) }),
    ...(serverName !== undefined && { serverName }),
    ...(pin !== undefined && { pins: pin.map((each) => ({ certificate: normalPin(each) })) }),
  });
}

import {
  acceptCallHome,
  type CallHomeManager,
  type CallHomeOptions,
  DeviceList,
  type KnownDevice,
  NetconfError,
  type PeerIdentity,
  type Secure,
} from "@netconf-kit/core";
import type { Listener } from "@netconf-kit/socket";
import {
  type AuthenticationMethod,
  certificateAlgorithm,
  compatible,
  type HostKeyAlgorithm,
  type SshClientOptions,
} from "@netconf-kit/ssh";
import { inTurns } from "./handshake-turns.ts";
import { identifyDevice } from "./host-certificate.ts";
import { openSshChannel } from "./ssh-channel.ts";
import { type ListenTlsCallHomeOptions, listenTlsCallHome } from "./tls-listen-call-home.ts";
import { secondsNow } from "./wall-clock.ts";

/** What logs in to a device once its host key has said which one it is. */
export interface SshCredentials {
  readonly username: string;
  readonly authentication: readonly AuthenticationMethod[];
}

export interface ListenCallHomeOptions extends Omit<CallHomeOptions<SshCredentials>, "devices"> {
  readonly listeners: Listener | readonly Listener[];
  /**
   * Who may call, known by host key fingerprint (`SHA256:…`) or by host certificate (`certified`: fingerprint of the authority, and
   * the name), each with its credentials. Anybody else is refused and reported.
   */
  readonly devices: DeviceList<SshCredentials> | readonly KnownDevice<SshCredentials>[];
  /** SSH settings for every device: algorithms, time limits, keepalive. */
  readonly ssh?: Omit<SshClientOptions, "username" | "verifyHostKey" | "authentication" | "signal">;
  /** Seconds since 1970, for the validity of certificates. Default: the time of day. */
  readonly now?: () => number;
}

/**
 * A Call Home manager (RFC 8071 §3): listens, and turns each device that calls into a NETCONF client session. SSH runs as
 * *client* on the accepted socket. The host key identifies the device, never its address; only then are the credentials of that
 * device used. With `tls` it does so over TLS, where the certificate identifies the device.
 *
 * @example
 * const manager = listenCallHome({
 *   listeners: await listenTcp({ host: "::", port: 4334 }),
 *   devices: [{ name: "router-7", fingerprints: ["SHA256:…"], credentials: { username: "ops", authentication } }],
 *   onEvent: (event) => console.log(event.kind),
 * });
 * for await (const { device, session } of manager.sessions) console.log(device, expectOk(await session.rpc(getConfig("running"))));
 */
export function listenCallHome(options: ListenCallHomeOptions): CallHomeManager<SshCredentials>;
export function listenCallHome(options: ListenTlsCallHomeOptions): CallHomeManager<unknown>;
export function listenCallHome(options: ListenCallHomeOptions | ListenTlsCallHomeOptions): CallHomeManager<unknown> {
  return "tls" in options ? listenTlsCallHome(options) : listenSshCallHome(options);
}

function listenSshCallHome(options: ListenCallHomeOptions): CallHomeManager<SshCredentials> {
  const { listeners, devices: known, ssh, now, ...rest } = options;
  const devices = known instanceof DeviceList ? known : new DeviceList(known);
  return acceptCallHome(listeners, inTurns(identifyByHostKey(devices, ssh, now)), { ...rest, devices });
}

/** SSH in the client role, identity first: the host key selects the device, the device has the credentials. */
function identifyByHostKey(
  devices: DeviceList<SshCredentials>,
  ssh: ListenCallHomeOptions["ssh"],
  now: () => number = secondsNow,
): Secure {
  return async (socket, { signal }) => {
    let identified: { readonly device: KnownDevice<SshCredentials>; readonly peer: PeerIdentity } | undefined;
    const proved = (): NonNullable<typeof identified> => {
      // The SSH client asks for credentials only after verifyHostKey has accepted.
      if (identified === undefined) {
        throw new NetconfError("invalid-argument", "credentials were asked for before the host key was verified");
      }
      return identified;
    };
    const channel = await openSshChannel(socket, {
      ...ssh,
      algorithms: { ...ssh?.algorithms, hostKey: hostKeysFor(devices, ssh) },
      signal,
      verifyHostKey: (offered) => {
        // RFC 8071 §3.1 C5: what is not known by its key ends here, before any credential is chosen.
        const found = identifyDevice(devices, offered, now(), ssh?.provider);
        if ("refusal" in found) return { accept: false, reason: found.refusal };
        identified = found;
        return { accept: true, identity: found.device.name };
      },
      username: () => proved().device.credentials.username,
      authentication: () => proved().device.credentials.authentication,
    });
    return { ...channel, peer: proved().peer };
  };
}

/** Certificates are asked for first where a device is to be known by one, and not at all otherwise. */
function hostKeysFor(
  devices: DeviceList<SshCredentials>,
  ssh: ListenCallHomeOptions["ssh"],
): readonly HostKeyAlgorithm[] {
  const plain = ssh?.algorithms?.hostKey ?? compatible.hostKey;
  return devices.certifies ? [...plain.map(certificateAlgorithm), ...plain] : plain;
}

import {
  acceptCallHome,
  type CallHomeManager,
  type CallHomeOptions,
  DeviceList,
  type KnownDevice,
  NetconfError,
  type Secure,
} from "@netconf-kit/core";
import type { Listener } from "@netconf-kit/socket";
import type { AuthenticationMethod, SshClientOptions } from "@netconf-kit/ssh";
import { openSshChannel } from "./ssh-channel.ts";

/** What logs in to a device once its host key has said which one it is. */
export interface SshCredentials {
  readonly username: string;
  readonly authentication: readonly AuthenticationMethod[];
}

export interface ListenCallHomeOptions extends Omit<CallHomeOptions<SshCredentials>, "devices"> {
  readonly listeners: Listener | readonly Listener[];
  /** Who may call, known by host key fingerprint (`SHA256:…`), each with its credentials. Anybody else is refused and reported. */
  readonly devices: DeviceList<SshCredentials> | readonly KnownDevice<SshCredentials>[];
  /** SSH settings for every device: algorithms, time limits, keepalive. */
  readonly ssh?: Omit<SshClientOptions, "username" | "verifyHostKey" | "authentication" | "signal">;
}

/**
 * A Call Home manager (RFC 8071 §3): listens, and turns each device that calls into a NETCONF client session. SSH runs as
 * *client* on the accepted socket. The host key identifies the device, never its address; only then are the credentials of that
 * device used.
 *
 * @example
 * const manager = listenCallHome({
 *   listeners: await listenTcp({ host: "::", port: 4334 }),
 *   devices: [{ name: "router-7", fingerprints: ["SHA256:…"], credentials: { username: "ops", authentication } }],
 *   onEvent: (event) => console.log(event.kind),
 * });
 * for await (const { device, session } of manager.sessions) console.log(device, expectOk(await session.rpc(getConfig("running"))));
 */
export function listenCallHome(options: ListenCallHomeOptions): CallHomeManager<SshCredentials> {
  const { listeners, devices: known, ssh, ...rest } = options;
  const devices = known instanceof DeviceList ? known : new DeviceList(known);
  return acceptCallHome(listeners, identifyByHostKey(devices, ssh), { ...rest, devices });
}

/** SSH in the client role, identity first: the host key selects the device, the device has the credentials. */
function identifyByHostKey(devices: DeviceList<SshCredentials>, ssh: ListenCallHomeOptions["ssh"]): Secure {
  return (socket, { signal }) => {
    let device: KnownDevice<SshCredentials> | undefined;
    const credentials = (): SshCredentials => {
      // The SSH client asks for credentials only after verifyHostKey has accepted.
      if (device === undefined) {
        throw new NetconfError("invalid-argument", "credentials were asked for before the host key was verified");
      }
      return device.credentials;
    };
    return openSshChannel(socket, {
      ...ssh,
      signal,
      verifyHostKey: ({ fingerprint, algorithm }) => {
        // RFC 8071 §3.1 C5: what is not known by its key ends here, before any credential is chosen.
        device = devices.require({ kind: "ssh-host-key", fingerprint, algorithm });
        return { accept: true, identity: device.name };
      },
      username: () => credentials().username,
      authentication: () => credentials().authentication,
    });
  };
}

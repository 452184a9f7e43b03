import { type DeviceListener, DeviceManager, type DeviceManagerOptions } from "@netconf-kit/call-home";
import type { Secure } from "@netconf-kit/core";
import type { Listener } from "@netconf-kit/socket";
import { type CallHomeOverSshOptions, callHomeOverSsh, type SshCredentials } from "./call-home-over-ssh.ts";
import { callHomeOverTls } from "./call-home-over-tls.ts";

/** Who may call, where, and by what they are known. */
export interface ListenCallHomeOptions
  extends Omit<DeviceManagerOptions<SshCredentials>, "listeners">,
    CallHomeOverSshOptions {
  /**
   * Where devices call. A listener by itself gets SSH, or TLS where there is `tls`; one with a `transport` gets that, so that one
   * manager serves both.
   */
  readonly listeners: Listener | readonly (Listener | DeviceListener<SshCredentials>)[];
  /** TLS in the client role, such as `tlsClient()` of an adapter, without a server name. */
  readonly tls?: Secure;
}

/**
 * A Call Home manager (RFC 8071 §3): listens, and turns each device that calls into a NETCONF client session, over SSH or TLS in the
 * client role. The host key or the certificate identifies the device, never its address; only then are the credentials of that
 * device used. Whoever is not welcome is refused and reported.
 *
 * @throws NetconfError `invalid-argument` when two devices or two users cannot be told apart
 * @example
 * const manager = listenCallHome({
 *   listeners: [
 *     await listenTcp({ host: "::", port: 4334 }),
 *     { listener: await listenTcp({ host: "::", port: 4335 }), transport: callHomeOverTls(tlsClient({ cert, key, ca })) },
 *   ],
 *   devices: [{ name: "router-7", fingerprints: ["SHA256:…"], credentials: { username: "ops", authentication } }],
 *   onEvent: (event) => console.log(event.kind),
 * });
 * for await (const { device, session } of manager.sessions) console.log(device, expectOk(await session.rpc(getConfig("running"))));
 */
export function listenCallHome(options: ListenCallHomeOptions): DeviceManager<SshCredentials> {
  const { listeners, tls, ssh, now, ...rest } = options;
  const transport =
    tls === undefined
      ? callHomeOverSsh({ ...(ssh !== undefined && { ssh }), ...(now !== undefined && { now }) })
      : callHomeOverTls(tls);
  const places = "close" in listeners ? [listeners] : listeners;
  return new DeviceManager({
    ...rest,
    listeners: places.map((place) => ("transport" in place ? place : { listener: place, transport })),
  });
}

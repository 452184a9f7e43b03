import {
  acceptCallHome,
  type CallHomeManager,
  type CallHomeOptions,
  DeviceList,
  type KnownDevice,
  type Secure,
} from "@netconf-kit/core";
import type { Listener } from "@netconf-kit/socket";

/** A device that is known by its certificate. It needs no credentials: our own certificate is the same for all. */
export type TlsDevice = Omit<KnownDevice<unknown>, "credentials">;

export interface ListenTlsCallHomeOptions extends Omit<CallHomeOptions<unknown>, "devices"> {
  readonly listeners: Listener | readonly Listener[];
  /** TLS in the client role, such as `tlsClient()` of an adapter, without a server name: the list below says who may call. */
  readonly tls: Secure;
  /**
   * Who may call, known by the fingerprint of a certificate or by a name in it together with the fingerprint of the authority that
   * vouches for it (RFC 8071 §3.1 C6). May be the list of a manager over SSH too. Anybody else is refused and reported.
   */
  readonly devices: DeviceList<unknown> | readonly TlsDevice[];
}

/** A Call Home manager over TLS (RFC 8071 §3.1 C3): TLS runs as *client* on each accepted socket. */
export function listenTlsCallHome(options: ListenTlsCallHomeOptions): CallHomeManager<unknown> {
  const { listeners, tls, devices: known, ...rest } = options;
  const devices =
    known instanceof DeviceList
      ? known
      : new DeviceList(known.map((device) => ({ ...device, credentials: undefined })));
  const secure: Secure = (socket, { signal }) =>
    // RFC 8071 §3.1 C5: who is not in the list ends here, before a byte of NETCONF.
    tls(socket, { signal, verifyPeer: (peer) => void devices.require(peer) });
  return acceptCallHome(listeners, secure, { ...rest, devices });
}

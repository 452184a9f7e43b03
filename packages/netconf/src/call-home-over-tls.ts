import type { DeviceEntry, DeviceTransport } from "@netconf-kit/call-home";
import type { Secure } from "@netconf-kit/core";
import type { SshCredentials } from "./call-home-over-ssh.ts";

/** A device that is known by its certificate. It needs no credentials: our own certificate is the same for all. */
export type TlsDevice = Omit<DeviceEntry<SshCredentials>, "credentials">;

/**
 * Call Home over TLS (RFC 8071 §3.1 C3) for one listener: TLS runs as *client* on each accepted socket. The certificate says which
 * device it is, by its fingerprint, or by a name in it together with the authority that vouches for it (RFC 8071 §3.1 C6).
 *
 * @param tls TLS in the client role, such as `tlsClient()` of an adapter, without a server name: the list of devices says who may call
 * @example
 * manager.addListener({ listener: await listenTcp({ host: "::", port: 4335 }), transport: callHomeOverTls(tlsClient({ cert, key, ca })) });
 */
export function callHomeOverTls<Credentials = SshCredentials>(tls: Secure): DeviceTransport<Credentials> {
  return {
    name: "tls",
    needsCredentials: false,
    refusedLogin: () => false,
    secure: async (socket, { signal, identify }) => {
      // The verdict may take time, and follows at once: not a byte of NETCONF passes before it.
      const channel = await tls(socket, { signal, verifyPeer: () => {} });
      try {
        await identify({ identity: channel.peer });
        return channel;
      } catch (error) {
        await channel.close();
        throw error;
      }
    },
  };
}

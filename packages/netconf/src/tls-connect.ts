import type { ClientSession, ClientSessionOptions, Secure, SecureChannel } from "@netconf-kit/core";
import { openClientSession } from "@netconf-kit/core";
import type { Dial } from "@netconf-kit/socket";

/** How a device is reached over TLS. */
export interface ConnectTlsOptions {
  readonly dial: Dial;
  /** TLS in the client role, such as `tlsClient()` of an adapter. */
  readonly tls: Secure;
  readonly session?: ClientSessionOptions;
  readonly signal?: AbortSignal;
}

/** A NETCONF session over TLS. Closing it closes both. */
export interface TlsConnection extends AsyncDisposable {
  readonly session: ClientSession;
  readonly channel: SecureChannel;
  /** Ends the session with `<close-session>`, then TLS, then the socket. */
  close(): Promise<void>;
}

/** Connects to a NETCONF server over TLS (RFC 7589): dials, lets both ends prove who they are, exchanges hellos. */
export async function connectTls(options: ConnectTlsOptions): Promise<TlsConnection> {
  const { signal = new AbortController().signal } = options;
  const channel = await options.tls(await options.dial({ signal }), { signal });
  try {
    const session = await openClientSession(channel.socket, { ...options.session, signal });
    const close = async (): Promise<void> => {
      await session.close();
      await channel.close();
    };
    return { session, channel, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await channel.close();
    throw error;
  }
}

import { type ClientSession, type ClientSessionOptions, openClientSession } from "@netconf-kit/core";
import type { Dial, DuplexSocket } from "@netconf-kit/socket";
import type { SshClientOptions } from "@netconf-kit/ssh";
import { openSshChannel, type SshNetconfChannel } from "./ssh-channel.ts";
import { type ConnectTlsOptions, connectTls, type TlsConnection } from "./tls-connect.ts";

/** How a device is reached, and who logs in to it. */
export interface ConnectOptions extends SshClientOptions {
  readonly dial: Dial;
  readonly session?: ClientSessionOptions;
}

/** A NETCONF session and what carries it. Closing it closes both. */
export interface Connection extends AsyncDisposable {
  readonly session: ClientSession;
  readonly channel: SshNetconfChannel;
  /** Ends the session with `<close-session>`, then SSH, then the socket. */
  close(): Promise<void>;
}

/**
 * Connects to a NETCONF server over SSH (RFC 6242): dials, verifies the host key, logs in, opens the subsystem, exchanges hellos.
 * With `tls` it does so over TLS (RFC 7589).
 *
 * @throws TransportError, SshError, NetconfError; `signal.reason` when aborted.
 * @example
 * const { session, close } = await connect({
 *   dial: dialTcp({ host: "192.0.2.1", port: 830 }),
 *   username: "admin",
 *   verifyHostKey: trustFingerprints(["SHA256:…"]),
 *   authentication: [{ method: "publickey", key: parsePrivateKey(text) }],
 * });
 * console.log(expectOk(await session.rpc(getConfig("running"))));
 * await close();
 */
export function connect(options: ConnectOptions): Promise<Connection>;
export function connect(options: ConnectTlsOptions): Promise<TlsConnection>;
export function connect(options: ConnectOptions | ConnectTlsOptions): Promise<Connection | TlsConnection> {
  return "tls" in options ? connectTls(options) : connectBy(openSshChannel, options);
}

/** Dials, secures what was dialled, and opens the session over it. */
export async function connectBy(
  secure: (socket: DuplexSocket, options: SshClientOptions) => Promise<SshNetconfChannel>,
  options: ConnectOptions,
): Promise<Connection> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const channel = await secure(await options.dial(signal), options);
  try {
    const session = await openClientSession(channel.socket, { ...options.session, ...signal });
    const close = async (): Promise<void> => {
      await session.close();
      await channel.ssh.close();
    };
    return { session, channel, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await channel.ssh.close();
    throw error;
  }
}

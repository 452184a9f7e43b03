import type { SecureChannel } from "@netconf-kit/core";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  connectSsh,
  type NegotiatedAlgorithms,
  type SshClientConnection,
  type SshClientOptions,
} from "@netconf-kit/ssh";
import { isCertificateIdentity } from "./host-certificate.ts";

/** RFC 6242 §3: the subsystem that speaks NETCONF. */
export const NETCONF_SUBSYSTEM = "netconf";

/** A NETCONF byte stream inside an SSH connection, at the manager's end. */
export interface SshNetconfChannel extends SecureChannel {
  readonly ssh: SshClientConnection;
}

/**
 * Starts SSH as *client* on a connected socket, whoever opened it, and opens the NETCONF subsystem. In Call Home this is what
 * a manager does on an accepted connection (RFC 8071 §3.1 C3).
 *
 * @throws SshError
 * @example
 * const channel = await openSshChannel(socket, options);
 * const session = await openClientSession(channel.socket);
 */
export async function openSshChannel(socket: DuplexSocket, options: SshClientOptions): Promise<SshNetconfChannel> {
  return openSubsystem(await connectSsh(socket, options), options.signal);
}

/** Opens the NETCONF subsystem of a connection, and ends the connection where that fails. */
export async function openSubsystem(
  ssh: SshClientConnection,
  signal: AbortSignal | undefined,
): Promise<SshNetconfChannel> {
  try {
    const { fingerprint, algorithm, identity } = ssh.hostKey;
    return {
      ssh,
      socket: await ssh.openSubsystem(NETCONF_SUBSYSTEM, signal === undefined ? {} : { signal }),
      username: ssh.username,
      peer: isCertificateIdentity(identity) ? identity : { kind: "ssh-host-key", fingerprint, algorithm },
      security: describeNegotiated(ssh.negotiated, ssh.serverVersion),
      close: (reason) => (reason === undefined ? ssh.close() : ssh.abort(reason)),
    };
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

/**
 * What was negotiated, as pairs for people.
 *
 * @example
 * const { negotiated, serverVersion } = await connectSsh(socket, options);
 * console.log(describeNegotiated(negotiated, serverVersion));
 */
export function describeNegotiated(
  negotiated: NegotiatedAlgorithms,
  peerVersion: string,
): Readonly<Record<string, string>> {
  const { kex, hostKey, clientToServer, serverToClient, strictKex } = negotiated;
  const both = (there: string, back: string): string => (there === back ? there : `${there} / ${back}`);
  return {
    peer: peerVersion,
    kex,
    hostKey,
    cipher: both(clientToServer.cipher, serverToClient.cipher),
    mac: both(clientToServer.mac, serverToClient.mac),
    strictKex: strictKex ? "yes" : "no",
  };
}

import type { DuplexSocket } from "@netconf-kit/socket";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import { compatible } from "../algorithms/presets.ts";
import type { SshClientOptions } from "../options.ts";
import type { SshClientConnection } from "./client-connection.ts";
import { ClientLogin } from "./client-login.ts";
import { establish } from "./establish.ts";

/**
 * Opens an SSH connection as the *client*, over any socket and whoever opened that one, and logs in. The connection owns
 * the socket from the call on and closes it in every case.
 *
 * Order: version exchange, key exchange, `verifyHostKey`, then user name and credentials, then the login.
 *
 * Rejects with an `SshError` whose code names the step that failed, or with `signal.reason` when aborted.
 *
 * @example
 * const connection = await connectSsh(socket, {
 *   username: "admin",
 *   verifyHostKey: ({ fingerprint }) =>
 *     fingerprint === expected ? { accept: true } : { accept: false, reason: "unknown key" },
 *   authentication: [{ method: "publickey", key: parsePrivateKey(pem) }],
 * });
 * const channel = await connection.openSubsystem("netconf");
 */
export async function connectSsh(socket: DuplexSocket, options: SshClientOptions): Promise<SshClientConnection> {
  return establish(
    socket,
    options.signal,
    () => new ClientLogin(socket, options, { provider: nobleProvider, preset: compatible }),
  );
}

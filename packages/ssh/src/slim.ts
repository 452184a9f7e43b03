import type { DuplexSocket } from "@netconf-kit/socket";
import { slimNobleProvider } from "./algorithms/noble-slim.ts";
import { slim } from "./algorithms/slim-preset.ts";
import type { SshClientOptions } from "./options.ts";
import type { SshClientConnection } from "./shell/client-connection.ts";
import { ClientLogin } from "./shell/client-login.ts";
import { establish } from "./shell/establish.ts";

export { slimNobleProvider } from "./algorithms/noble-slim.ts";
export { slim } from "./algorithms/slim-preset.ts";
export { SshError } from "./errors.ts";
export type { SshClientOptions } from "./options.ts";
export type { SshClientConnection } from "./shell/client-connection.ts";

/**
 * `connectSsh` for a bundle that must be small, a browser's above all: only the preset `slim` is within, and the NIST
 * curves, which are a sixth of the size, are not. Everything else, each check and each limit, is the same.
 *
 * Throws as `connectSsh` does; a server that has none of these algorithms is `no-common-algorithm`.
 *
 * @example
 * import { connectSsh } from "@netconf-kit/ssh/slim";
 * const connection = await connectSsh(socket, { username, verifyHostKey, authentication });
 */
export async function connectSsh(socket: DuplexSocket, options: SshClientOptions): Promise<SshClientConnection> {
  return establish(
    socket,
    options.signal,
    () => new ClientLogin(socket, options, { provider: slimNobleProvider, preset: slim }),
  );
}

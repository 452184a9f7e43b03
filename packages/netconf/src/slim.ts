import { connectSsh } from "@netconf-kit/ssh/slim";
import { type Connection, type ConnectOptions, connectBy } from "./connect.ts";
import { openSubsystem } from "./ssh-channel.ts";

export { slim } from "@netconf-kit/ssh/slim";
export type { Connection, ConnectOptions } from "./connect.ts";

/**
 * `connect` for a bundle that must be small, a browser's above all: SSH with the algorithms of the preset `slim` only, which has
 * no NIST curves, and no TLS. Everything else, each check and each limit, is the same, and all else comes from `netconf-kit`.
 *
 * @throws TransportError, SshError (`no-common-algorithm` where the server has none of `slim`), NetconfError; `signal.reason`
 * when aborted.
 * @example
 * import { connect } from "netconf-kit/slim";
 * import { getConfig, trustFingerprints } from "netconf-kit";
 * const { session, close } = await connect({
 *   dial,
 *   username: "admin",
 *   verifyHostKey: trustFingerprints(["SHA256:…"]),
 *   authentication: [{ method: "password", password }],
 * });
 * const reply = await session.rpc(getConfig("running"));
 * await close();
 */
export function connect(options: ConnectOptions): Promise<Connection> {
  return connectBy(
    async (socket, settings) => openSubsystem(await connectSsh(socket, settings), settings.signal),
    options,
  );
}

import { connect } from "node:net";
import { type DuplexSocket, TransportError } from "@netconf-kit/socket";
import { tcpSocket } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

/** Where the agent is. */
export interface SshAgentOptions {
  /** Socket of the agent; on Windows a pipe such as `\\.\pipe\openssh-ssh-agent`. Default: the variable SSH_AUTH_SOCK. */
  readonly path?: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens a stream to the user's SSH agent, for `connectAgent()` of the ssh package.
 *
 * @throws TransportError `connection-refused`, `permission-denied`, `failed` (no such socket, or SSH_AUTH_SOCK is not set);
 * `signal.reason` when aborted.
 * @example
 * const agent = connectAgent(await sshAgent());
 */
export function sshAgent(options: SshAgentOptions = {}): Promise<DuplexSocket> {
  const { path = process.env.SSH_AUTH_SOCK, signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    if (path === undefined || path === "")
      throw new TransportError("failed", "cannot reach the SSH agent: SSH_AUTH_SOCK is not set");
    const socket = connect({ path, allowHalfOpen: true });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const onError = (error: Error): void => {
      signal?.removeEventListener("abort", onAbort);
      reject(transportErrorOf(error, `cannot reach the SSH agent at "${path}"`));
    };
    socket.once("error", onError);
    socket.once("connect", () => {
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      resolve(tcpSocket(socket));
    });
  });
}

import { type Dial, type DuplexSocket, TransportError } from "@netconf-kit/socket";
import {
  connectSsh,
  type DirectTcpipTarget,
  isSshError,
  type SshClientConnection,
  type SshClientOptions,
  SshError,
} from "@netconf-kit/ssh";

/** How the jump host is reached, who logs in to it, and where it leads. */
export interface DialJumpOptions extends Omit<SshClientOptions, "signal"> {
  /** Reaches the jump host's SSH port: `dialTcp(…)`, or another `dialJump(…)` for several hops. */
  readonly via: Dial;
  /** Where the jump host is to connect to, as it understands the name. */
  readonly target: DirectTcpipTarget;
  /** What errors call the jump host. Default: the address that `via` has reached. */
  readonly name?: string;
}

/**
 * A way to a device through a jump host: logs in there as an SSH client and lets it connect to the target (RFC 4254 §7.2). The
 * result is a `Dial` like that of an adapter, so hops are chained by nesting. Each call makes a connection of its own to the
 * jump host, which ends with the socket.
 *
 * Rejects as `via` and `connectSsh` do; the message of an `SshError` begins with the jump host that failed. When the jump host
 * fails later, the socket breaks with a `TransportError` whose cause is that `SshError`. Rejects with `signal.reason` when
 * aborted.
 *
 * @example
 * const dial = dialJump({
 *   via: dialTcp({ host: "bastion.example", port: 22 }),
 *   target: { host: "10.0.0.7", port: 830 },
 *   username: "ops",
 *   verifyHostKey: trustKnownHosts(known, "bastion.example", 22),
 *   authentication: [{ method: "publickey", key }],
 * });
 * const { session } = await connect({ dial, username: "admin", verifyHostKey, authentication });
 */
export function dialJump(options: DialJumpOptions): Dial {
  const { via, target, name, ...login } = options;
  return async ({ signal } = {}) => {
    const abortable = signal === undefined ? {} : { signal };
    const socket = await via(abortable);
    const hop = name ?? socket.remote ?? "an unknown address";
    let ssh: SshClientConnection | undefined;
    try {
      ssh = await connectSsh(socket, { ...login, ...abortable });
      return new JumpSocket(await ssh.openDirectTcpip(target, abortable), ssh, hop);
    } catch (error) {
      await ssh?.close();
      throw namingHop(hop, error);
    }
  };
}

/** A channel of a connection that has no other purpose, and ends with it. */
class JumpSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote?: string;
  readonly #channel: DuplexSocket;
  readonly #ssh: SshClientConnection;
  readonly #hop: string;

  constructor(channel: DuplexSocket, ssh: SshClientConnection, hop: string) {
    this.#channel = channel;
    this.#ssh = ssh;
    this.#hop = hop;
    if (channel.remote !== undefined) this.remote = channel.remote;
    this.closed = channel.closed.then(
      () => ssh.close(),
      (error: unknown) => Promise.reject(this.#broken(error)),
    );
    this.closed.catch(() => {}); // nobody has to look at it
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#channel.read().catch((error: unknown) => Promise.reject(this.#broken(error)));
  }

  recycle(chunk: Uint8Array): void {
    this.#channel.recycle?.(chunk);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#channel.write(bytes).catch((error: unknown) => Promise.reject(this.#broken(error)));
  }

  closeWrite(): Promise<void> {
    return this.#channel.closeWrite().catch((error: unknown) => Promise.reject(this.#broken(error)));
  }

  async close(reason?: Error): Promise<void> {
    await this.#channel.close(reason);
    await this.#ssh.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** To what runs over it this is a socket that broke: the jump host's errors must not look like those of the device. */
  #broken(error: unknown): unknown {
    if (!isSshError(error)) return error;
    const code = error.code === "channel-closed" || error.code === "local-usage" ? "closed" : "reset";
    return new TransportError(code, `the way through the jump host "${this.#hop}" broke: ${error.message}`, {
      cause: error,
    });
  }
}

function namingHop(hop: string, error: unknown): unknown {
  if (!isSshError(error)) return error;
  const { code, message, phase, serverOffers } = error;
  return new SshError(code, `jump host "${hop}": ${message}`, {
    cause: error,
    ...(phase !== undefined && { phase }),
    ...(serverOffers !== undefined && { serverOffers }),
  });
}

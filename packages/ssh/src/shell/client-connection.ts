import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import { type ChannelPurpose, describeTarget } from "../connection/channel.ts";
import { SshError } from "../errors.ts";
import type { ClientEvidence, SshClientEvent, SshClientMachine } from "../session/client-machine.ts";
import type { VerifiedHostKey } from "../transport/host-key.ts";
import type { SshChannel } from "./channel-socket.ts";
import type { AddChannelOptions, ShellOwner } from "./connection-shell.ts";
import { type Settled, settled } from "./settle.ts";
import { OpenConnection, type SshConnection } from "./ssh-connection.ts";

/** Where the server of a connection is to connect to. */
export interface DirectTcpipTarget {
  /** A name or an address, as the server understands it. */
  readonly host: string;
  readonly port: number;
  /** Who the connection is for, as told to the server. Default `127.0.0.1`, port 0. */
  readonly originatorHost?: string;
  readonly originatorPort?: number;
}

/** An open SSH connection, logged in as a client. */
export interface SshClientConnection extends SshConnection {
  /** The server's key, as the verifier has accepted it. */
  readonly hostKey: VerifiedHostKey;
  readonly username: string;
  readonly serverVersion: string;
  /**
   * Starts a subsystem on a new channel. Rejects with `subsystem-refused`, `channel-open-refused`, `timeout-channel-open`,
   * or with `signal.reason` when aborted; the connection goes on.
   */
  openSubsystem(name: string, options?: { readonly signal?: AbortSignal }): Promise<SshChannel>;
  /** Runs a command on a new channel; otherwise like `openSubsystem`. */
  openExec(command: string, options?: { readonly signal?: AbortSignal }): Promise<SshChannel>;
  /**
   * Lets the server connect to somewhere else (RFC 4254 §7.2): the channel is the way there, so that a jump host is only
   * another socket. Rejects with `channel-open-refused` when the server does not allow it or finds nobody there; otherwise
   * like `openSubsystem`.
   *
   * @example
   * const socket = await bastion.openDirectTcpip({ host: "10.0.0.7", port: 830 });
   * const device = await connectSsh(socket, options);
   */
  openDirectTcpip(target: DirectTcpipTarget, options?: { readonly signal?: AbortSignal }): Promise<SshChannel>;
}

interface Opening {
  readonly purpose: ChannelPurpose;
  readonly result: Settled<SshChannel>;
}

export class ClientConnection extends OpenConnection<SshClientEvent> implements SshClientConnection {
  readonly #machine: SshClientMachine;
  /** There while there are any. */
  #openings: Map<number, Opening> | undefined;
  #evidence: ClientEvidence | undefined;

  constructor(machine: SshClientMachine, socket: DuplexSocket, clock: Clock, login: ShellOwner<SshClientEvent>) {
    super(machine, socket, clock, login);
    this.#machine = machine;
  }

  get hostKey(): VerifiedHostKey {
    return this.#proved().hostKey;
  }

  get username(): string {
    return this.#proved().login.username;
  }

  get serverVersion(): string {
    return this.negotiated.serverVersion;
  }

  /** The login is complete. */
  ready(evidence: ClientEvidence, listener: ShellOwner<SshClientEvent> | undefined): void {
    this.#evidence = evidence;
    this.loggedIn(listener);
  }

  openSubsystem(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<SshChannel> {
    return this.#open({ kind: "subsystem", name }, options.signal);
  }

  openExec(command: string, options: { readonly signal?: AbortSignal } = {}): Promise<SshChannel> {
    return this.#open({ kind: "exec", command }, options.signal);
  }

  openDirectTcpip(
    { host, port, originatorHost = "127.0.0.1", originatorPort = 0 }: DirectTcpipTarget,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SshChannel> {
    return this.#open({ kind: "direct-tcpip", target: { host, port, originatorHost, originatorPort } }, options.signal);
  }

  async #open(purpose: ChannelPurpose, signal: AbortSignal | undefined): Promise<SshChannel> {
    signal?.throwIfAborted();
    const id = this.shell.command(() => this.#machine.openChannel(purpose));
    const result = settled<SshChannel>();
    this.#openings ??= new Map();
    this.#openings.set(id, { purpose, result });
    if (signal === undefined) return result.promise;
    const onAbort = (): void => {
      if (this.#takeOpening(id) === undefined) return;
      result.reject(signal.reason);
      this.shell.tell(() => this.#machine.abandonChannel(id));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await result.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  override over(error: () => Error): void {
    for (const { result } of this.#openings?.values() ?? []) result.reject(error());
    this.#openings = undefined;
    super.over(error);
  }

  protected override handleOwn(event: SshClientEvent): boolean {
    switch (event.type) {
      case "channelReady": {
        const opening = this.#takeOpening(event.channel);
        // The socket has to be there before the next event, which may be its data.
        opening?.result.resolve(this.shell.addChannel(event.channel, channelOptions(opening.purpose)));
        return true;
      }
      case "channelFailed":
        this.#takeOpening(event.channel)?.result.reject(event.error);
        return true;
      case "channelClosed":
        return true;
      default:
        return false;
    }
  }

  #takeOpening(id: number): Opening | undefined {
    const opening = this.#openings?.get(id);
    this.#openings?.delete(id);
    if (this.#openings?.size === 0) this.#openings = undefined;
    return opening;
  }

  #proved(): ClientEvidence {
    if (this.#evidence === undefined) throw new SshError("local-usage", "the connection is not open");
    return this.#evidence;
  }
}

/** A connection has no exit status that would come before its end, and another one at its far end. */
function channelOptions(purpose: ChannelPurpose): AddChannelOptions {
  if (purpose.kind !== "direct-tcpip") return { closesFirst: false };
  return { closesFirst: true, remote: describeTarget(purpose.target) };
}

import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import type { ChannelPurpose } from "../connection/channel.ts";
import { SshError } from "../errors.ts";
import type { ClientEvidence, SshClientEvent, SshClientMachine } from "../session/client-machine.ts";
import type { NegotiatedAlgorithms } from "../session/negotiated.ts";
import type { VerifiedHostKey } from "../transport/host-key.ts";
import type { SshChannel } from "./channel-socket.ts";
import { ConnectionShell, type SshCloseReason } from "./connection-shell.ts";
import { type Settled, settled } from "./settle.ts";

/** An open SSH connection, logged in as a client. */
export interface SshClientConnection extends AsyncDisposable {
  /** The server's key, as the verifier has accepted it. */
  readonly hostKey: VerifiedHostKey;
  readonly username: string;
  readonly negotiated: NegotiatedAlgorithms;
  readonly serverVersion: string;
  /**
   * Starts a subsystem on a new channel. Rejects with `subsystem-refused`, `channel-open-refused`, `timeout-channel-open`,
   * or with `signal.reason` when aborted; the connection goes on.
   */
  openSubsystem(name: string, options?: { readonly signal?: AbortSignal }): Promise<SshChannel>;
  /** Runs a command on a new channel; otherwise like `openSubsystem`. */
  openExec(command: string, options?: { readonly signal?: AbortSignal }): Promise<SshChannel>;
  /** Changes the keys now. */
  rekey(): Promise<void>;
  /** Milliseconds that a question and its answer take. */
  ping(): Promise<number>;
  /** Ends the connection in good order. Never rejects. */
  close(): Promise<void>;
  /** Ends the connection at once; everything pending rejects with `aborted`, whose cause is `reason`. */
  abort(reason?: unknown): void;
  /** Never rejects. */
  readonly closed: Promise<SshCloseReason>;
}

interface Opening {
  readonly result: Settled<SshChannel>;
}

export class ClientConnection implements SshClientConnection {
  readonly shell: ConnectionShell<SshClientEvent>;
  readonly #machine: SshClientMachine;
  readonly #openings: Map<number, Opening> = new Map();
  #evidence: ClientEvidence | undefined;

  /** `onEvent` gets what belongs to the login. */
  constructor(machine: SshClientMachine, socket: DuplexSocket, clock: Clock, onEvent: (event: SshClientEvent) => void) {
    this.#machine = machine;
    this.shell = new ConnectionShell(machine, socket, clock, (event) => {
      if (!this.#handle(event)) onEvent(event);
    });
    this.shell.onOver((error) => {
      for (const { result } of this.#openings.values()) result.reject(error);
      this.#openings.clear();
    });
  }

  get hostKey(): VerifiedHostKey {
    return this.#proved().hostKey;
  }

  get username(): string {
    return this.#proved().login.username;
  }

  get negotiated(): NegotiatedAlgorithms {
    const { negotiated } = this.#machine;
    if (negotiated === undefined) throw new SshError("local-usage", "the connection is not open");
    return negotiated;
  }

  get serverVersion(): string {
    return this.negotiated.serverVersion;
  }

  get closed(): Promise<SshCloseReason> {
    return this.shell.closed;
  }

  /** The login is complete. */
  ready(evidence: ClientEvidence): void {
    this.#evidence = evidence;
  }

  openSubsystem(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<SshChannel> {
    return this.#open({ kind: "subsystem", name }, options.signal);
  }

  openExec(command: string, options: { readonly signal?: AbortSignal } = {}): Promise<SshChannel> {
    return this.#open({ kind: "exec", command }, options.signal);
  }

  rekey(): Promise<void> {
    return this.shell.rekey();
  }

  ping(): Promise<number> {
    return this.shell.ping();
  }

  close(): Promise<void> {
    return this.shell.close();
  }

  abort(reason?: unknown): void {
    this.shell.fail(new SshError("aborted", "the connection was aborted", { cause: reason }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(purpose: ChannelPurpose, signal: AbortSignal | undefined): Promise<SshChannel> {
    signal?.throwIfAborted();
    const id = this.shell.command(() => this.#machine.openChannel(purpose));
    const result = settled<SshChannel>();
    this.#openings.set(id, { result });
    const onAbort = (): void => {
      if (!this.#openings.delete(id)) return;
      result.reject(signal?.reason);
      this.shell.tell(() => this.#machine.abandonChannel(id));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await result.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #handle(event: SshClientEvent): boolean {
    switch (event.type) {
      case "channelReady": {
        const opening = this.#takeOpening(event.channel);
        // The socket has to be there before the next event, which may be its data.
        opening?.result.resolve(this.shell.addChannel(event.channel));
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
    const opening = this.#openings.get(id);
    this.#openings.delete(id);
    return opening;
  }

  #proved(): ClientEvidence {
    if (this.#evidence === undefined) throw new SshError("local-usage", "the connection is not open");
    return this.#evidence;
  }
}

import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import { SshError } from "../errors.ts";
import type { NegotiatedAlgorithms } from "../session/negotiated.ts";
import type { SessionMachine } from "../session/session-machine.ts";
import { ConnectionShell, type SshCloseReason } from "./connection-shell.ts";

/** An open SSH connection, whatever our role in it is. */
export interface SshConnection extends AsyncDisposable {
  readonly negotiated: NegotiatedAlgorithms;
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

/** What both roles have in common: a machine in motion, and the commands that both know. */
export abstract class OpenConnection<Event extends { readonly type: string }> implements SshConnection {
  readonly shell: ConnectionShell<Event>;
  readonly #machine: SessionMachine<Event>;

  /** `onEvent` gets what `handle` leaves. A machine that has just been made has no events yet. */
  constructor(machine: SessionMachine<Event>, socket: DuplexSocket, clock: Clock, onEvent: (event: Event) => void) {
    this.#machine = machine;
    this.shell = new ConnectionShell(machine, socket, clock, (event) => {
      if (!this.handle(event)) onEvent(event);
    });
  }

  get negotiated(): NegotiatedAlgorithms {
    const { negotiated } = this.#machine;
    if (negotiated === undefined) throw new SshError("local-usage", "the connection is not open");
    return negotiated;
  }

  get closed(): Promise<SshCloseReason> {
    return this.shell.closed;
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

  /** Whether the event was about this role's channels. */
  protected abstract handle(event: Event): boolean;
}

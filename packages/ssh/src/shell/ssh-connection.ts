import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import { SshError } from "../errors.ts";
import type { NegotiatedAlgorithms } from "../session/negotiated.ts";
import type { SessionMachine } from "../session/session-machine.ts";
import { ConnectionShell, type ShellOwner, type SshCloseReason } from "./connection-shell.ts";

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
export abstract class OpenConnection<Event extends { readonly type: string }>
  implements SshConnection, ShellOwner<Event>
{
  readonly shell: ConnectionShell<Event>;
  readonly #machine: SessionMachine<Event>;
  #login: ShellOwner<Event> | undefined;

  /** `login` gets what `handleOwn` leaves. */
  constructor(machine: SessionMachine<Event>, socket: DuplexSocket, clock: Clock, login: ShellOwner<Event>) {
    this.#machine = machine;
    this.#login = login;
    this.shell = new ConnectionShell(machine, socket, clock, this);
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

  handle(event: Event): void {
    if (!this.handleOwn(event)) this.#login?.handle(event);
  }

  over(error: () => Error): void {
    this.#login?.over(error);
  }

  /** The login is complete; nothing of it is kept but who still wants to be told of events. */
  protected loggedIn(listener: ShellOwner<Event> | undefined): void {
    this.#login = listener;
  }

  /** Whether the event was about this role's channels. */
  protected abstract handleOwn(event: Event): boolean;
}

import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import type { Authenticated } from "../auth/authenticated.ts";
import { SshError } from "../errors.ts";
import type { SshServerEvent, SshServerMachine } from "../session/server-machine.ts";
import type { SshChannel } from "./channel-socket.ts";
import type { ShellOwner } from "./connection-shell.ts";
import { type Settled, settled } from "./settle.ts";
import { OpenConnection, type SshConnection } from "./ssh-connection.ts";

/** A client asks for a subsystem. One of the two answers has to be given; data that comes before it waits. */
export interface IncomingSubsystem {
  readonly name: string;
  accept(): SshChannel;
  reject(): void;
}

/** An open SSH connection whose client has logged in. */
export interface SshServerConnection extends SshConnection {
  /** Proof of the login. */
  readonly login: Authenticated;
  readonly username: string;
  readonly clientVersion: string;
  /** Subsystems the client asks for, each given out once. Ends with the connection. */
  readonly incoming: AsyncIterable<IncomingSubsystem>;
}

export class ServerConnection extends OpenConnection<SshServerEvent> implements SshServerConnection {
  readonly #machine: SshServerMachine;
  /** Requests nobody has taken yet, by channel: as many as there may be channels. */
  #waiting: Map<number, IncomingSubsystem> | undefined;
  #takers: readonly Settled<IteratorResult<IncomingSubsystem>>[] = NONE;
  #over = false;
  #login: Authenticated | undefined;

  constructor(machine: SshServerMachine, socket: DuplexSocket, clock: Clock, login: ShellOwner<SshServerEvent>) {
    super(machine, socket, clock, login);
    this.#machine = machine;
  }

  get incoming(): AsyncIterable<IncomingSubsystem> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  get login(): Authenticated {
    if (this.#login === undefined) throw new SshError("local-usage", "nobody has logged in");
    return this.#login;
  }

  get username(): string {
    return this.login.username;
  }

  get clientVersion(): string {
    return this.negotiated.clientVersion;
  }

  /** The login is complete. */
  ready(login: Authenticated): void {
    this.#login = login;
  }

  override over(error: () => Error): void {
    this.#over = true;
    this.#waiting = undefined;
    const takers = this.#takers;
    this.#takers = NONE;
    for (const taker of takers) taker.resolve({ done: true, value: undefined });
    super.over(error);
  }

  protected override handleOwn(event: SshServerEvent): boolean {
    switch (event.type) {
      case "subsystemRequested":
        this.#offer(event.channel, event.name);
        return true;
      case "channelClosed":
        this.#forget(event.channel);
        return true;
      default:
        return false;
    }
  }

  #offer(channel: number, name: string): void {
    // The socket has to be there before the next event, which may be its data.
    const socket = this.shell.addChannel(channel, { closesFirst: true });
    const subsystem = incomingSubsystem(name, socket, (accept) => {
      if (!accept) this.shell.dropChannel(channel);
      this.shell.tell(() => {
        if (accept) this.#machine.acceptSubsystem(channel);
        else this.#machine.rejectSubsystem(channel);
      });
    });
    const [taker, ...others] = this.#takers;
    if (taker !== undefined) {
      this.#takers = others;
      taker.resolve({ done: false, value: subsystem });
      return;
    }
    this.#waiting ??= new Map();
    this.#waiting.set(channel, subsystem);
  }

  /** Nobody has to take it any more. */
  #forget(channel: number): void {
    this.#waiting?.delete(channel);
    if (this.#waiting?.size === 0) this.#waiting = undefined;
  }

  #next(): Promise<IteratorResult<IncomingSubsystem>> {
    for (const [channel, value] of this.#waiting ?? []) {
      this.#forget(channel);
      return Promise.resolve({ done: false, value });
    }
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    const taker = settled<IteratorResult<IncomingSubsystem>>();
    this.#takers = [...this.#takers, taker];
    return taker.promise;
  }
}

const NONE: readonly never[] = [];

/** The functions stand alone, so that they may be taken out of the object. */
function incomingSubsystem(name: string, socket: SshChannel, answer: (accept: boolean) => void): IncomingSubsystem {
  let due: typeof answer | undefined = answer;
  const answerOnce = (accept: boolean): void => {
    const now = due;
    due = undefined;
    if (now === undefined)
      throw new SshError("local-usage", "answering a subsystem request: it has been answered already");
    now(accept);
  };
  return {
    name,
    accept: () => {
      answerOnce(true);
      return socket;
    },
    reject: () => answerOnce(false),
  };
}

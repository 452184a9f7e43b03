import { type Clock, type Drive, type DriveOptions, type DuplexSocket, driveMachine } from "@netconf-kit/socket";
import type { CryptoJob } from "../algorithms/packet-cipher.ts";
import { isSshError, SshError } from "../errors.ts";
import type { SessionEvent, SessionMachine } from "../session/session-machine.ts";
import { type ChannelPort, ChannelSocket } from "./channel-socket.ts";
import { JobRunner } from "./job-runner.ts";
import { Outcome, type Settled, settled } from "./settle.ts";

/** How a connection came to its end. */
export type SshCloseReason =
  /** `close()` was called here. */
  | { readonly kind: "closed" }
  /** The peer said goodbye. */
  | { readonly kind: "disconnected"; readonly description: string }
  /** Something broke: the peer, the network, or `abort()` was called here. */
  | { readonly kind: "failed"; readonly error: Error };

/** Whose connection it is. */
export interface ShellOwner<Event> {
  /** What is not about channels, pings and keys. */
  handle(event: Event): void;
  /** Called once when the connection is over, with what the error is made from that pending work gets. */
  over(error: () => Error): void;
}

/** What a channel's socket has to know. */
export interface AddChannelOptions {
  /** Whether this side closes the channel once both directions have ended. */
  readonly closesFirst: boolean;
  /** Who is at the other end; otherwise it is who is at the other end of the connection. */
  readonly remote?: string;
}

/** Output that may wait before channel writers and reading have to pause. */
const MAX_OUTPUT_BYTES = 256 * 1024;

/** What client and server connection share: a machine in motion, its channels, its end. */
export class ConnectionShell<Event extends { readonly type: string }> implements DriveOptions<Event | SessionEvent> {
  readonly clock: Clock;
  readonly #machine: SessionMachine<Event>;
  readonly #owner: ShellOwner<Event>;
  readonly #drive: Drive;
  /** There from the first job on: few ciphers have any. */
  #jobs: JobRunner | undefined;
  readonly #closed: Outcome<SshCloseReason> = new Outcome();
  readonly #channels: Map<number, ChannelSocket> = new Map();
  #pings: Map<number, { readonly askedAt: number; readonly answer: Settled<number> }> | undefined;
  #callbacks: ((error: Error) => void)[] | undefined;
  readonly #remote: string | undefined;
  #rekeyed: Settled<void> | undefined;
  #end: SshCloseReason | undefined;
  #flushDue = false;

  /** A machine that has just been made has no events yet. */
  constructor(machine: SessionMachine<Event>, socket: DuplexSocket, clock: Clock, owner: ShellOwner<Event>) {
    this.#machine = machine;
    this.#owner = owner;
    this.clock = clock;
    this.#remote = socket.remote;
    this.#drive = driveMachine(machine, socket, this);
  }

  // For the drive. All of it stands in the class: functions of its own would be kept for every connection.

  get maxOutputBytes(): number {
    return MAX_OUTPUT_BYTES;
  }

  holdReading(): Promise<void> | undefined {
    return this.#jobs?.held();
  }

  onEvent(event: Event | SessionEvent): void {
    if (!this.#handle(event as SessionEvent)) this.#owner.handle(event as Event); // what is no session event is the role's own
  }

  onOver(error: Error | undefined): void {
    this.#finish(
      error === undefined ? (this.#end ?? { kind: "closed" }) : { kind: "failed", error: transportError(error) },
    );
  }

  get closed(): Promise<SshCloseReason> {
    return this.#closed.promise;
  }

  /**
   * Gives the machine a command at the present time. An error of the machine ends the connection; a wrong call does not.
   * Throws either.
   */
  command<T>(action: () => T): T {
    try {
      // Once a turn: no time passes within.
      if (!this.#flushDue) this.#machine.advance(this.clock.now());
      const result = action();
      this.#flushSoon();
      return result;
    } catch (error) {
      if (!(isSshError(error) && error.code === "local-usage")) this.#stop(error as Error); // machines throw nothing but Errors
      throw error;
    }
  }

  /** The same where nobody is there to catch, and where it may come too late: the connection's end tells. */
  tell(action: () => void): void {
    if (this.#machine.isClosed) return;
    try {
      this.command(action);
    } catch (error) {
      if (isSshError(error) && error.code === "local-usage") this.fail(error);
    }
  }

  /** Ends the connection with an error of our own side. */
  fail(error: Error): void {
    this.#machine.fail(error);
    this.#stop(error);
  }

  /** Ends the connection in good order. */
  async close(): Promise<void> {
    this.#machine.close();
    this.#end ??= { kind: "closed" };
    this.#drive.stop();
    await this.closed;
  }

  /** A socket for a channel that carries data from now on. */
  addChannel(id: number, { closesFirst, remote = this.#remote }: AddChannelOptions): ChannelSocket {
    const channel = new ChannelSocket(new ShellChannelPort(this, this.#machine, id, closesFirst), remote);
    this.#channels.set(id, channel);
    return channel;
  }

  /** Pending while more output waits than should. */
  drained(): Promise<void> | undefined {
    return this.#drive.writable();
  }

  /** Forgets a channel that came to nothing. */
  dropChannel(id: number): void {
    this.#channels.get(id)?.onClosed();
    this.#channels.delete(id);
  }

  /** Forgets a channel whose socket has been closed here. */
  forgetChannel(id: number): void {
    this.#channels.delete(id);
  }

  ping(): Promise<number> {
    const answer = settled<number>();
    try {
      const token = this.command(() => this.#machine.ping());
      this.#pings ??= new Map();
      this.#pings.set(token, { askedAt: this.clock.now(), answer });
    } catch (error) {
      answer.reject(error);
    }
    return answer.promise;
  }

  rekey(): Promise<void> {
    const rekeyed = this.#rekeyed ?? settled<void>();
    this.#rekeyed = rekeyed;
    try {
      this.command(() => this.#machine.rekey());
    } catch (error) {
      this.#rekeyed = undefined;
      rekeyed.reject(error);
    }
    return rekeyed.promise;
  }

  /** Calls back once when the connection is over, with the error that pending work gets. */
  whenOver(callback: (error: Error) => void): void {
    this.#callbacks ??= [];
    this.#callbacks.push(callback);
  }

  #handle(event: SessionEvent): boolean {
    switch (event.type) {
      case "channelData":
        this.#channels.get(event.channel)?.onData(event.bytes);
        return true;
      case "channelEnd":
        this.#channels.get(event.channel)?.onEnd();
        return true;
      case "channelWritable":
        this.#channels.get(event.channel)?.onWritable();
        return true;
      case "channelExit":
        this.#channels.get(event.channel)?.onExit(event.exit);
        return true;
      case "pong": {
        const ping = this.#pings?.get(event.token);
        this.#pings?.delete(event.token);
        ping?.answer.resolve(this.clock.now() - ping.askedAt);
        return true;
      }
      case "rekeyed":
        this.#rekeyed?.resolve();
        this.#rekeyed = undefined;
        return true;
      case "jobNeeded":
        this.#jobs ??= new JobRunner({
          waitingForJob: () => this.#machine.waitingForJob,
          finishJob: (job, result) => this.#finishJob(job, result),
          failed: (error) => {
            if (!this.#machine.isClosed) this.fail(error);
          },
        });
        this.#jobs.run(event.job);
        return true;
      case "disconnected":
        this.#end ??= { kind: "disconnected", description: event.description };
        this.#drive.stop();
        return true;
      case "channelClosed":
        this.#channels.get(event.channel)?.onClosed();
        this.#channels.delete(event.channel);
        // Openings and incoming channels are the role's affair as well.
        return false;
      default:
        return false;
    }
  }

  /** What came before an error reaches its channel before the error does, as with input that is opened at once. */
  #finishJob(job: CryptoJob, result: Uint8Array | undefined): void {
    if (this.#machine.isClosed) return;
    let failure: unknown;
    try {
      this.#machine.advance(this.clock.now());
      this.#machine.finishJob(job, result);
    } catch (error) {
      failure = error;
    }
    this.#drive.flush();
    if (failure !== undefined) this.#stop(failure as Error); // machines throw nothing but Errors
  }

  /** What one turn produces leaves in one write. */
  #flushSoon(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    // Lighter than `queueMicrotask()`, which in Node.js makes a resource of each.
    RESOLVED.then(() => {
      this.#flushDue = false;
      this.#drive.flush();
    });
  }

  #stop(error: Error): void {
    this.#end ??= { kind: "failed", error };
    this.#drive.stop(error);
  }

  #finish(reason: SshCloseReason): void {
    this.#jobs?.release();
    // Made when somebody gets it: most connections end with nothing pending.
    let made: Error | undefined;
    const error = (): Error => {
      made ??=
        reason.kind === "failed"
          ? reason.error
          : new SshError("connection-ended", "the connection is closed", { phase: "connection" });
      return made;
    };
    const channelError = reason.kind === "failed" ? reason.error : undefined;
    for (const channel of this.#channels.values()) channel.onConnectionOver(channelError);
    this.#channels.clear();
    for (const { answer } of this.#pings?.values() ?? []) answer.reject(error());
    this.#pings = undefined;
    this.#rekeyed?.reject(error());
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    for (const callback of callbacks) callback(error());
    this.#owner.over(error);
    this.#closed.resolve(reason);
  }
}

const RESOLVED = /* @__PURE__ */ Promise.resolve();

/** What one channel does to its connection. */
class ShellChannelPort<Event extends { readonly type: string }> implements ChannelPort {
  readonly closesFirst: boolean;
  readonly #shell: ConnectionShell<Event>;
  readonly #machine: SessionMachine<Event>;
  readonly #id: number;

  constructor(shell: ConnectionShell<Event>, machine: SessionMachine<Event>, id: number, closesFirst: boolean) {
    this.closesFirst = closesFirst;
    this.#shell = shell;
    this.#machine = machine;
    this.#id = id;
  }

  write(bytes: Uint8Array): number {
    return this.#shell.command(() => this.#machine.writeChannel(this.#id, bytes, MAX_OUTPUT_BYTES));
  }

  drained(): Promise<void> | undefined {
    return this.#shell.drained();
  }

  consumed(bytes: number): void {
    this.#shell.tell(() => this.#machine.consumedChannel(this.#id, bytes));
  }

  recycle(bytes: Uint8Array): void {
    this.#machine.recycleData(bytes);
  }

  end(): void {
    this.#shell.tell(() => this.#machine.endChannel(this.#id));
  }

  close(failed: boolean): void {
    this.#shell.forgetChannel(this.#id);
    this.#shell.tell(() => this.#machine.closeChannel(this.#id, failed));
  }
}

/** A failure of the socket below, told as one of the connection. */
function transportError(error: Error): Error {
  if (isSshError(error)) return error;
  return new SshError("connection-ended", `the connection broke: ${error.message}`, {
    phase: "connection",
    cause: error,
  });
}

import type { DuplexSocket } from "@netconf-kit/socket";
import type { ChannelExit } from "../connection/channel.ts";
import { SshError } from "../errors.ts";
import { ByteQueue } from "./byte-queue.ts";
import { Outcome, type Settled, settled } from "./settle.ts";

/** An SSH channel as a socket. */
export interface SshChannel extends DuplexSocket {
  /** How the program at the other end ended, once it has said so; `undefined` when the channel is over without. */
  readonly exit: Promise<ChannelExit | undefined>;
}

/** What a channel does to its connection. */
export interface ChannelPort {
  /** Sends what may go now and says how much that was. */
  write(bytes: Uint8Array): number;
  /** Pending while the connection holds more output than it should. */
  drained(): Promise<void> | undefined;
  consumed(bytes: number): void;
  /** Nobody looks at what `onData` has brought any more. */
  recycle(bytes: Uint8Array): void;
  end(): void;
  close(failed: boolean): void;
  /** Whether this side closes a channel whose directions have both ended. The other one waits for the exit status. */
  readonly closesFirst: boolean;
}

/** Gives window credit for what `read()` hands out, and lets `write()` wait for the peer's window. */
export class ChannelSocket implements SshChannel {
  readonly remote?: string;
  readonly #port: ChannelPort;
  readonly #closed: Outcome<void> = new Outcome();
  readonly #exit: Outcome<ChannelExit | undefined> = new Outcome();
  readonly #input = new ByteQueue();
  #reader: Settled<Uint8Array | undefined> | undefined;
  /** Writes that did not go at once, oldest first. */
  readonly #writes: { readonly write: Write; readonly done: Settled<void> }[] = [];
  #pumping = false;
  #portClosed = false;
  /** Set when no more input follows what is queued; `error` when that is no clean end. */
  #inputOver: { readonly error: Error | undefined } | undefined;
  /** Set when nothing more can be written: makes the error that later writes get. */
  #outputOver: (() => Error) | undefined;
  /** Set while the end of our direction waits behind writes. */
  #ending: Settled<void> | undefined;

  constructor(port: ChannelPort, remote: string | undefined) {
    this.#port = port;
    if (remote !== undefined) this.remote = remote;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get exit(): Promise<ChannelExit | undefined> {
    return this.#exit.promise;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) return Promise.reject(usage("reading", "another read is under way"));
    const chunk = this.#input.shift();
    if (chunk !== undefined) {
      // Credit for what the consumer has taken, not for what has come.
      this.#port.consumed(chunk.length);
      return Promise.resolve(chunk);
    }
    this.#reader = settled<Uint8Array | undefined>();
    const { promise } = this.#reader;
    this.#serve();
    return promise;
  }

  recycle(chunk: Uint8Array): void {
    this.#port.recycle(chunk);
  }

  write(bytes: Uint8Array): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    if (this.#ending !== undefined) return Promise.reject(usage("writing", "this direction has been ended"));
    const write = { bytes, at: 0 };
    if (!this.#pumping) {
      // Stays set when the write does not go as a whole: the pump is under way then.
      this.#pumping = !this.#send(write);
      if (!this.#pumping) return this.#port.drained() ?? Promise.resolve();
      const broken = this.#refusal();
      if (broken !== undefined) {
        this.#pumping = false;
        return broken;
      }
    }
    const done = settled<void>();
    this.#writes.push({ write, done });
    return done.promise;
  }

  closeWrite(): Promise<void> {
    if (this.#outputOver !== undefined) return Promise.resolve();
    this.#ending ??= settled();
    if (!this.#pumping) this.#pump();
    return this.#ending.promise;
  }

  close(reason?: Error): Promise<void> {
    this.#closePort(reason !== undefined);
    this.#input.clear();
    this.#stopInput(reason);
    this.#stopOutput(reason === undefined ? closedHere : () => reason);
    this.#settle(reason);
    this.#exit.resolve(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For the connection: data has come. */
  onData(bytes: Uint8Array): void {
    if (this.#inputOver !== undefined) return;
    this.#input.push(bytes);
    this.#serve();
  }

  /** For the connection: the peer sends no more. */
  onEnd(): void {
    this.#stopInput(undefined);
    this.#closeWhenOver();
  }

  onExit(exit: ChannelExit): void {
    this.#exit.resolve(exit);
  }

  /** For the connection: a write that was cut short may go on. */
  onWritable(): void {
    this.#pump();
  }

  /** For the connection: the peer has closed the channel. */
  onClosed(): void {
    this.#portClosed = true;
    this.#exit.resolve(undefined);
    this.#stopInput(undefined);
    this.#stopOutput(closedByPeer);
    this.#settle(undefined);
  }

  /** For the connection: it is over. What came before is still read; then comes the error. */
  onConnectionOver(error: Error | undefined): void {
    this.#portClosed = true;
    this.#exit.resolve(undefined);
    this.#stopInput(error);
    this.#stopOutput(error === undefined ? connectionClosed : () => error);
    this.#settle(error);
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const chunk = this.#input.shift();
    if (chunk === undefined && this.#inputOver === undefined) return;
    this.#reader = undefined;
    if (chunk !== undefined) {
      reader.resolve(chunk);
      // Credit for what the consumer has taken, not for what has come.
      this.#port.consumed(chunk.length);
    } else if (this.#inputOver?.error !== undefined) reader.reject(this.#inputOver.error);
    else reader.resolve(undefined);
  }

  /** Sends what waits, as far as it goes. Called again when more may go. */
  #pump(): void {
    this.#pumping = true;
    for (let first = this.#writes[0]; first !== undefined; first = this.#writes[0]) {
      if (!this.#send(first.write)) return;
      this.#writes.shift();
      // The writer goes on when the connection wants more.
      const drained = this.#port.drained();
      if (drained === undefined) first.done.resolve();
      else drained.then(first.done.resolve);
    }
    this.#pumping = false;
    if (this.#ending === undefined || this.#outputOver !== undefined) return;
    this.#outputOver = endedHere;
    this.#port.end();
    this.#ending.resolve();
    this.#closeWhenOver();
  }

  /** Whether the whole write has gone. If not, the pump is started again. */
  #send(write: Write): boolean {
    while (write.at < write.bytes.length) {
      const sent = this.#tryWrite(write.at === 0 ? write.bytes : write.bytes.subarray(write.at));
      if (sent === undefined) return false;
      write.at += sent;
      if (write.at === write.bytes.length) return true;
      const drained = this.#port.drained();
      // Either too much output waits, or the window or a key exchange holds us back and `onWritable` follows.
      if (drained !== undefined) {
        drained.then(() => this.#pump());
        return false;
      }
      if (sent === 0) return false;
    }
    return true;
  }

  /** `undefined` when the connection does not take anything any more: every waiting write has got its error then. */
  #tryWrite(bytes: Uint8Array): number | undefined {
    try {
      return this.#port.write(bytes);
    } catch (error) {
      this.#stopOutput(() => error as Error); // machines throw nothing but Errors
      return undefined;
    }
  }

  #refusal(): Promise<never> | undefined {
    return this.#outputOver === undefined ? undefined : Promise.reject(this.#outputOver());
  }

  #stopInput(error: Error | undefined): void {
    this.#inputOver ??= { error };
    this.#serve();
  }

  /** The error is made when somebody gets it: to most channels nobody writes any more. */
  #stopOutput(makeError: () => Error): void {
    this.#outputOver ??= makeError;
    for (const { done } of this.#writes.splice(0)) done.reject(makeError());
    this.#pumping = false;
    this.#ending?.reject(makeError());
  }

  /** Both directions have ended. RFC 4254 §5.3: a server closes then; its exit status comes before that. */
  #closeWhenOver(): void {
    if (this.#inputOver === undefined || this.#outputOver === undefined) return;
    if (this.#port.closesFirst) this.#closePort(false);
    this.#settle(undefined);
  }

  #closePort(failed: boolean): void {
    if (this.#portClosed) return;
    this.#portClosed = true;
    this.#port.close(failed);
  }

  #settle(error: Error | undefined): void {
    if (error === undefined) this.#closed.resolve();
    else this.#closed.reject(error);
  }
}

interface Write {
  readonly bytes: Uint8Array;
  /** How much of it has gone. */
  at: number;
}

const endedHere = (): SshError => usage("writing", "this direction has been ended");
const closedHere = (): SshError => usage("writing", "the channel is closed");
const closedByPeer = (): SshError =>
  new SshError("channel-closed", "writing to a channel: the peer has closed it", { phase: "connection" });
const connectionClosed = (): SshError =>
  new SshError("channel-closed", "using a channel: the connection is closed", { phase: "connection" });

function usage(what: string, problem: string): SshError {
  return new SshError("local-usage", `${what}: ${problem}`);
}

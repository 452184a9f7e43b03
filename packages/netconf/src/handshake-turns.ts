import type { SecureChannel } from "@netconf-kit/core";
import { type Clock, type DuplexSocket, systemClock } from "@netconf-kit/socket";

/**
 * Makes many handshakes at once take turns: each chunk that a peer sends is worked on when it is its turn, that of the oldest
 * connection first, and the event loop is given back every few milliseconds. A key exchange is milliseconds of arithmetic: when
 * hundreds of devices call in one second, sessions that stand have to be served in between, and the first devices have to be
 * through before the last ones begin, or all would run out of time together.
 *
 * @example
 * acceptCallHome(listeners, inTurns(secure), { devices });
 */
export function inTurns<Options>(
  secure: (socket: DuplexSocket, options: Options) => Promise<SecureChannel>,
  turns: Turns = new Turns(),
): (socket: DuplexSocket, options: Options) => Promise<SecureChannel> {
  return async (socket, options) => {
    const waiting = new TurnSocket(socket, turns);
    try {
      return await secure(waiting, options);
    } finally {
      waiting.pass();
    }
  };
}

/** Milliseconds of work between two looks at the event loop. One step of a handshake may take them over it. */
const SLICE = 10;

/** One turn at a time, the lowest number first. */
export class Turns {
  readonly #clock: Clock;
  readonly #slice: number;
  readonly #waiting = new Map<number, () => void>();
  #last = 0;
  #holder: number | undefined;
  #sliceEnd: number | undefined;

  /** The clock is that of the event loop, also where protocols run on another one. */
  constructor(clock: Clock = systemClock, slice: number = SLICE) {
    this.#clock = clock;
    this.#slice = slice;
  }

  /** A number for somebody new. */
  join(): number {
    return ++this.#last;
  }

  /** Resolves when it is the turn of `number`. */
  take(number: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#grant();
    });
  }

  /** `number` has done its work, or waits no more. */
  end(number: number): void {
    this.#waiting.get(number)?.();
    this.#waiting.delete(number);
    if (this.#holder !== number) return;
    this.#holder = undefined;
    this.#grant();
  }

  #grant(): void {
    if (this.#holder !== undefined || this.#waiting.size === 0) return;
    const now = this.#clock.now();
    if (this.#sliceEnd === undefined) {
      this.#sliceEnd = now + this.#slice;
      this.#clock.schedule(now, () => this.#nextSlice());
    } else if (now >= this.#sliceEnd) return;
    const number = Math.min(...this.#waiting.keys());
    const start = this.#waiting.get(number);
    this.#waiting.delete(number);
    this.#holder = number;
    start?.();
  }

  /** Also ends the turn of one that waits for something else in the middle of its work. */
  #nextSlice(): void {
    this.#sliceEnd = undefined;
    this.#holder = undefined;
    this.#grant();
  }
}

/** Gives out what it has read when it is its turn. Whoever reads again has worked on what it got. */
class TurnSocket implements DuplexSocket {
  readonly #socket: DuplexSocket;
  readonly #turns: Turns;
  readonly #number: number;
  #passing = false;
  #closed: { readonly reason: Error | undefined } | undefined;

  constructor(socket: DuplexSocket, turns: Turns) {
    this.#socket = socket;
    this.#turns = turns;
    this.#number = turns.join();
  }

  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  get remote(): string {
    return this.#socket.remote ?? "unknown";
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#passing) return this.#socket.read();
    this.#turns.end(this.#number);
    const chunk = await this.#socket.read();
    if (this.#passing || chunk === undefined) return chunk;
    await this.#turns.take(this.#number);
    if (this.#closed === undefined) return chunk;
    if (this.#closed.reason !== undefined) throw this.#closed.reason;
    return undefined;
  }

  /** From now on without turns. */
  pass(): void {
    this.#passing = true;
    this.#turns.end(this.#number);
  }

  recycle(chunk: Uint8Array): void {
    this.#socket.recycle?.(chunk);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#socket.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  close(reason?: Error): Promise<void> {
    this.#closed ??= { reason };
    this.pass();
    return this.#socket.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

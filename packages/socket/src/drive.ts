import { type Clock, systemClock } from "./clock.ts";
import type { DuplexSocket } from "./duplex-socket.ts";
import type { ProtocolMachine } from "./protocol-machine.ts";

/** Who is told of a machine's events, its clock and its limits. */
export interface DriveOptions<Event> {
  /**
   * Takes each event, oldest first. A promise holds back the next `socket.read()` until it settles (that is the
   * consumer's back-pressure); a rejection or a throw stops the drive. Commands to the machine are legal inside.
   */
  onEvent(event: Event): void | Promise<void>;
  /** Called once when the drive is over: what `done` tells, without the cost of a promise. */
  onOver?(error: Error | undefined): void;
  readonly clock?: Clock;
  /** Reading pauses while the machine holds more output than this. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  /** Asked after each read: a promise holds back the next one until it settles. It may be open longer than the drive. */
  holdReading?(): Promise<void> | undefined;
  /** Longest time that the last words to the peer (an error message) may take. Default 2000 ms. */
  readonly lingerMilliseconds?: number;
}

/** A machine in motion. */
export interface Drive {
  /** To be called after every command to the machine outside `onEvent`: hands out events and output, sets the timer. */
  flush(): void;
  /** Sends what is due, then closes the socket and ends the drive. `reason` becomes the error of `done`. */
  stop(reason?: Error): void;
  /** Resolves after `stop()` without a reason; rejects with the one error that stopped both loops. Observing is optional. */
  readonly done: Promise<void>;
  /** Resolves when the machine's output has fallen to `maxOutputBytes` or below: the pace for whoever makes output. */
  writable(): Promise<void> | undefined;
}

const DEFAULT_MAX_OUTPUT_BYTES = 1 << 20;
const DEFAULT_LINGER_MILLISECONDS = 2000;

/**
 * Runs a machine over a socket with two independent loops, one that reads and one that writes: with a single loop two
 * busy peers that both wait for the other to read come to a standstill. One await per socket read, never one per message.
 *
 * An error in either loop, in a timer or in `onEvent` stops everything: output already due is written (within the linger
 * time), the socket is closed with the error, `done` rejects with it.
 *
 * @example
 * const drive = driveMachine(machine, socket, { onEvent: (event) => console.log(event) });
 * machine.send("hello");
 * drive.flush();
 * await drive.done;
 */
export function driveMachine<Event>(
  machine: ProtocolMachine<Event>,
  socket: DuplexSocket,
  options: DriveOptions<Event>,
): Drive {
  return new MachineDrive(machine, socket, options);
}

/** A class, because its methods cost nothing per connection; functions of its own would be two dozen. */
class MachineDrive<Event> implements Drive {
  readonly #machine: ProtocolMachine<Event>;
  readonly #socket: DuplexSocket;
  readonly #options: DriveOptions<Event>;
  readonly #clock: Clock;
  readonly #maxOutputBytes: number;
  /** Made when somebody asks for `done`. */
  #settled: Gate | undefined;
  #stopping = false;
  #over = false;
  #failure: Error | undefined;
  #writing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #timerAt: number | undefined;
  #handing = false;
  #busyHanding: Promise<void> | undefined;
  #drained: Gate | undefined;

  constructor(machine: ProtocolMachine<Event>, socket: DuplexSocket, options: DriveOptions<Event>) {
    this.#machine = machine;
    this.#socket = socket;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#maxOutputBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    this.#readLoop().catch((error: unknown) => this.#fail(error));
    this.flush();
  }

  get done(): Promise<void> {
    if (this.#settled === undefined) {
      this.#settled = gate();
      this.#settled.promise.catch(ignore);
      if (this.#over) this.#settle();
    }
    return this.#settled.promise;
  }

  flush(): void {
    if (this.#stopping) return;
    let busy: Promise<void> | undefined;
    try {
      busy = this.#handOut();
    } catch (error) {
      this.#fail(error);
    }
    busy?.then(
      () => this.#sendAndWait(),
      (error: unknown) => this.#fail(error),
    );
    this.#sendAndWait();
  }

  writable(): Promise<void> | undefined {
    if (this.#stopping || this.#machine.outputLength <= this.#maxOutputBytes) return undefined;
    this.#drained ??= gate();
    return this.#drained.promise;
  }

  stop(reason?: Error): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#failure = reason;
    this.#cancelTimer?.();
    this.#openDrained();
    void this.#sayLastWords();
  }

  /** Hands out every waiting event. The promise is there while a consumer is busy, also for whoever asks meanwhile. */
  #handOut(): Promise<void> | undefined {
    if (this.#handing) return this.#busyHanding;
    this.#handing = true;
    let busy: Promise<void> | undefined;
    try {
      busy = this.#handOutUntilBusy();
    } finally {
      this.#handing = busy !== undefined;
    }
    if (busy !== undefined) this.#busyHanding = this.#finishHandOut(busy);
    return this.#busyHanding;
  }

  #handOutUntilBusy(): Promise<void> | undefined {
    const machine = this.#machine;
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      const busy = this.#options.onEvent(event);
      if (busy !== undefined) return busy;
    }
    return undefined;
  }

  async #finishHandOut(first: Promise<void>): Promise<void> {
    try {
      for (let busy: Promise<void> | undefined = first; busy !== undefined; busy = this.#handOutUntilBusy()) {
        await busy;
        this.#sendAndWait();
      }
    } finally {
      this.#handing = false;
      this.#busyHanding = undefined;
    }
  }

  /** Starts the writer if there is output, and sets the timer. */
  #sendAndWait(): void {
    this.#wakeWriter();
    this.#rearm();
  }

  #wakeWriter(): void {
    if (this.#writing !== undefined) return;
    // A machine may hold output back that it counts already.
    const first = this.#takeOutput();
    if (first !== undefined) this.#writing = this.#writeLoop(first);
  }

  async #writeLoop(first: Uint8Array): Promise<void> {
    try {
      for (let bytes: Uint8Array | undefined = first; bytes !== undefined; bytes = this.#takeOutput()) {
        await this.#socket.write(bytes);
        this.#machine.recycle?.(bytes);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = undefined;
    }
  }

  #takeOutput(): Uint8Array | undefined {
    const bytes = this.#machine.takeOutput();
    if (this.#machine.outputLength <= this.#maxOutputBytes) this.#openDrained();
    return bytes;
  }

  #openDrained(): void {
    this.#drained?.open();
    this.#drained = undefined;
  }

  /** A timer that comes too early costs one look; setting a new one after every message would cost more. */
  #rearm(): void {
    const deadline = this.#stopping ? undefined : this.#machine.deadline;
    if (deadline === undefined || (this.#timerAt !== undefined && this.#timerAt <= deadline)) return;
    this.#cancelTimer?.();
    this.#timerAt = deadline;
    this.#cancelTimer = this.#clock.schedule(deadline, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = undefined;
    this.#cancelTimer = undefined;
    try {
      this.#machine.advance(this.#clock.now());
    } catch (error) {
      this.#fail(error);
    }
    this.flush();
  }

  async #readLoop(): Promise<void> {
    while (!this.#stopping) {
      const chunk = await this.#socket.read();
      if (this.#stopping) return;
      const error = this.#feed(chunk);
      // What came before an error still reaches the consumer before the error does.
      const busy = this.#handOut();
      this.#sendAndWait();
      if (busy !== undefined) await busy;
      if (error !== undefined) throw error;
      if (chunk === undefined) return;
      const pause = this.writable();
      if (pause !== undefined) await pause;
      const hold = this.#options.holdReading?.();
      if (hold !== undefined) await hold;
    }
  }

  #feed(chunk: Uint8Array | undefined): unknown {
    try {
      this.#machine.advance(this.#clock.now());
      if (chunk === undefined) this.#machine.receiveEnd();
      else {
        this.#machine.receive(chunk);
        if (this.#machine.copiesInput === true) this.#socket.recycle?.(chunk);
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #fail(error: unknown): void {
    this.stop(error instanceof Error ? error : new Error(String(error), { cause: error }));
  }

  async #sayLastWords(): Promise<void> {
    const late = gate();
    const linger = this.#options.lingerMilliseconds ?? DEFAULT_LINGER_MILLISECONDS;
    const cancel = this.#clock.schedule(this.#clock.now() + linger, late.open);
    this.#wakeWriter();
    if (this.#writing !== undefined) await Promise.race([this.#writing, late.promise]);
    // A clean end of our direction lets the peer read the last words even where close() resets the connection.
    await Promise.race([this.#socket.closeWrite().catch(ignore), late.promise]);
    cancel();
    await this.#socket.close(this.#failure);
    this.#over = true;
    this.#settle();
    this.#options.onOver?.(this.#failure);
  }

  #settle(): void {
    if (this.#failure === undefined) this.#settled?.open();
    else this.#settled?.refuse(this.#failure);
  }
}

const ignore = (): void => {};

interface Gate {
  readonly promise: Promise<void>;
  open(): void;
  refuse(reason: Error): void;
}

function gate(): Gate {
  let open!: () => void;
  let refuse!: (reason: Error) => void;
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    refuse = reject;
  });
  return { promise, open, refuse };
}

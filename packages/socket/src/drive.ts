import { type Clock, systemClock } from "./clock.ts";
import type { DuplexSocket } from "./duplex-socket.ts";
import type { ProtocolMachine } from "./protocol-machine.ts";

export interface DriveOptions<Event> {
  /**
   * Takes each event, oldest first. A promise holds back the next `socket.read()` until it settles (that is the
   * consumer's back-pressure); a rejection or a throw stops the drive. Commands to the machine are legal inside.
   */
  readonly onEvent: (event: Event) => void | Promise<void>;
  readonly clock?: Clock;
  /** Reading pauses while the machine holds more output than this. Default 1 MiB. */
  readonly maxOutputBytes?: number;
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
  const clock = options.clock ?? systemClock;
  const maxOutputBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  const linger = options.lingerMilliseconds ?? DEFAULT_LINGER_MILLISECONDS;

  let stopping = false;
  let failure: Error | undefined;
  let writing: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let timerAt: number | undefined;
  let handing = false;
  let busyHanding: Promise<void> | undefined;
  let drained: Gate | undefined;
  const settled = gate();
  settled.promise.catch(() => {});

  /** Hands out every waiting event. The promise is there while a consumer is busy, also for whoever asks meanwhile. */
  function handOut(): Promise<void> | undefined {
    if (handing) return busyHanding;
    handing = true;
    let busy: Promise<void> | undefined;
    try {
      busy = handOutUntilBusy();
    } finally {
      handing = busy !== undefined;
    }
    if (busy !== undefined) busyHanding = finishHandOut(busy);
    return busyHanding;
  }

  function handOutUntilBusy(): Promise<void> | undefined {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      const busy = options.onEvent(event);
      if (busy !== undefined) return busy;
    }
    return undefined;
  }

  async function finishHandOut(first: Promise<void>): Promise<void> {
    try {
      for (let busy: Promise<void> | undefined = first; busy !== undefined; busy = handOutUntilBusy()) {
        await busy;
        wakeWriter();
        rearm();
      }
    } finally {
      handing = false;
      busyHanding = undefined;
    }
  }

  function wakeWriter(): void {
    if (writing === undefined && machine.outputLength > 0) writing = writeLoop();
  }

  async function writeLoop(): Promise<void> {
    try {
      for (;;) {
        const bytes = machine.takeOutput();
        if (machine.outputLength <= maxOutputBytes) openDrained();
        if (bytes === undefined) return;
        await socket.write(bytes);
      }
    } catch (error) {
      fail(error);
    } finally {
      writing = undefined;
    }
  }

  function openDrained(): void {
    drained?.open();
    drained = undefined;
  }

  function writable(): Promise<void> | undefined {
    if (stopping || machine.outputLength <= maxOutputBytes) return undefined;
    drained ??= gate();
    return drained.promise;
  }

  function rearm(): void {
    const deadline = stopping ? undefined : machine.deadline;
    if (deadline === timerAt) return;
    cancelTimer?.();
    timerAt = deadline;
    cancelTimer = deadline === undefined ? undefined : clock.schedule(deadline, onTimer);
  }

  function onTimer(): void {
    timerAt = undefined;
    cancelTimer = undefined;
    guard(() => machine.advance(clock.now()));
    flush();
  }

  function flush(): void {
    if (stopping) return;
    let busy: Promise<void> | undefined;
    guard(() => {
      busy = handOut();
    });
    busy?.then(afterHandOut, fail);
    wakeWriter();
    rearm();
  }

  function afterHandOut(): void {
    wakeWriter();
    rearm();
  }

  function guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      fail(error);
    }
  }

  async function readLoop(): Promise<void> {
    while (!stopping) {
      const chunk = await socket.read();
      if (stopping) return;
      const error = feed(chunk);
      // What came before an error still reaches the consumer before the error does.
      const busy = handOut();
      wakeWriter();
      rearm();
      if (busy !== undefined) await busy;
      if (error !== undefined) throw error;
      if (chunk === undefined) return;
      const pause = writable();
      if (pause !== undefined) await pause;
    }
  }

  function feed(chunk: Uint8Array | undefined): unknown {
    try {
      machine.advance(clock.now());
      if (chunk === undefined) machine.receiveEnd();
      else machine.receive(chunk);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  function fail(error: unknown): void {
    stop(error instanceof Error ? error : new Error(String(error), { cause: error }));
  }

  function stop(reason?: Error): void {
    if (stopping) return;
    stopping = true;
    failure = reason;
    cancelTimer?.();
    openDrained();
    void sayLastWords();
  }

  async function sayLastWords(): Promise<void> {
    const late = gate();
    const cancel = clock.schedule(clock.now() + linger, late.open);
    wakeWriter();
    if (writing !== undefined) await Promise.race([writing, late.promise]);
    // A clean end of our direction lets the peer read the last words even where close() resets the connection.
    await Promise.race([socket.closeWrite().catch(() => {}), late.promise]);
    cancel();
    await socket.close(failure);
    if (failure === undefined) settled.open();
    else settled.refuse(failure);
  }

  readLoop().catch(fail);
  flush();
  return { flush, stop, writable, done: settled.promise };
}

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

import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { type DuplexSocket, driveMachine, memoryPair, type ProtocolMachine } from "../src/mod.ts";

describe("driveMachine()", () => {
  it("gives every event, oldest first, also those a command inside onEvent brings about", async () => {
    const [ours, theirs] = memoryPair();
    const machine = new EchoMachine();
    const seen: string[] = [];
    const drive = driveMachine(machine, ours, {
      onEvent: (event) => {
        seen.push(event);
        if (event === "a") machine.say("from-handler");
      },
    });
    await theirs.write(text("a"));
    await theirs.write(text("b"));
    expect(await readText(theirs, "from-handlerab".length)).toBe("afrom-handlerb");
    expect(seen).toEqual(["a", "b"]);
    drive.stop();
    await drive.done;
  });

  it("keeps two busy peers going that each send more than the pipe holds before they read", async () => {
    const [left, right] = memoryPair({ highWaterBytes: 16 });
    const machines = [new EchoMachine({ echo: false }), new EchoMachine({ echo: false })] as const;
    const received = [0, 0];
    const drives = [left, right].map((socket, i) =>
      driveMachine(machines[i]!, socket, {
        onEvent: (event) => {
          received[i]! += event.length;
        },
      }),
    );
    for (const [i, machine] of machines.entries()) {
      for (let n = 0; n < 50; n++) machine.say("x".repeat(1000));
      drives[i]!.flush();
    }
    await until(() => received[0] === 50_000 && received[1] === 50_000);
    for (const drive of drives) drive.stop();
    await Promise.all(drives.map((drive) => drive.done));
  });

  it("stops both loops on an error of the machine, after its last words", async () => {
    const [ours, theirs] = memoryPair();
    const drive = driveMachine(new EchoMachine(), ours, { onEvent: () => {} });
    await theirs.write(text("!"));
    await expect(drive.done).rejects.toThrow("the peer said !");
    expect(await readText(theirs, "bye".length)).toBe("bye");
    expect(await theirs.read()).toBeUndefined();
  });

  it("gives events that came before an error to the consumer first", async () => {
    const [ours, theirs] = memoryPair();
    const seen: string[] = [];
    const drive = driveMachine(new EchoMachine(), ours, { onEvent: (event) => void seen.push(event) });
    await theirs.write(text("ab!"));
    await expect(drive.done).rejects.toThrow("the peer said !");
    expect(seen).toEqual(["a", "b"]);
  });

  it("stops both loops on an error of the socket", async () => {
    const [ours, theirs] = memoryPair();
    const drive = driveMachine(new EchoMachine(), ours, { onEvent: () => {} });
    await theirs.close(new Error("reset"));
    await expect(drive.done).rejects.toThrow("closed the connection with an error");
  });

  it("stops on an error thrown by the consumer", async () => {
    const [ours, theirs] = memoryPair();
    const drive = driveMachine(new EchoMachine(), ours, {
      onEvent: () => {
        throw new Error("consumer failed");
      },
    });
    await theirs.write(text("a"));
    await expect(drive.done).rejects.toThrow("consumer failed");
  });

  it("tells its end once, and the same to whoever asks for `done` afterwards", async () => {
    for (const reason of [undefined, new Error("no longer wanted")]) {
      const [ours] = memoryPair();
      const ends: (Error | undefined)[] = [];
      const drive = driveMachine(new EchoMachine(), ours, {
        onEvent: () => {},
        onOver: (error) => void ends.push(error),
      });
      drive.stop(reason);
      drive.stop(new Error("too late"));
      await until(() => ends.length > 0);
      await expect(drive.done.catch((error: unknown) => error)).resolves.toBe(reason);
      expect(drive.done).toBe(drive.done);
      expect(ends).toEqual([reason]);
    }
  });

  it("gives memory back as soon as nobody looks at it, and not before", async () => {
    const [ours, theirs] = memoryPair();
    const happened: string[] = [];
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const socket: DuplexSocket = {
      read: () => ours.read(),
      write: async (bytes) => {
        await ours.write(bytes);
        if (bytes.length > 1) await finished;
        happened.push(`wrote ${bytes.length}`);
      },
      closeWrite: () => ours.closeWrite(),
      close: (reason) => ours.close(reason),
      closed: ours.closed,
      recycle: (chunk) => happened.push(`chunk ${chunk.length}`),
      [Symbol.asyncDispose]: () => ours.close(),
    };
    class Copying extends EchoMachine {
      readonly copiesInput = true;
      recycle(output: Uint8Array): void {
        happened.push(`output ${output.length}`);
      }
    }
    const machine = new Copying({ echo: false });
    const drive = driveMachine(machine, socket, { onEvent: (event) => void happened.push(event) });
    await theirs.write(text("a"));
    await until(() => happened.includes("a"));
    machine.say("twelve bytes");
    drive.flush();
    await until(() => machine.outputLength === 0);
    expect(happened).toEqual(["chunk 1", "a"]);
    finish();
    await until(() => happened.includes("output 12"));
    expect(happened).toEqual(["chunk 1", "a", "wrote 12", "output 12"]);
    drive.stop();
    await drive.done;
  });

  it("leaves a chunk alone when the machine may keep views of it", async () => {
    const [ours, theirs] = memoryPair();
    let recycled = 0;
    const socket = Object.assign(ours, { recycle: () => recycled++ });
    const seen: string[] = [];
    const drive = driveMachine(new EchoMachine(), socket, { onEvent: (event) => void seen.push(event) });
    await theirs.write(text("ab"));
    await until(() => seen.length === 2);
    expect(recycled).toBe(0);
    drive.stop();
    await drive.done;
  });

  it("does not read on while the consumer is busy", async () => {
    const [ours, theirs] = memoryPair({ highWaterBytes: 1 });
    let release: () => void = () => {};
    const seen: string[] = [];
    const drive = driveMachine(new EchoMachine({ echo: false }), ours, {
      onEvent: (event) => {
        seen.push(event);
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });
    await theirs.write(text("a"));
    await until(() => seen.length === 1);
    await theirs.write(text("b"));
    let third = false;
    const blocked = theirs.write(text("c")).then(() => {
      third = true;
    });
    drive.flush(); // asking again does not get past a busy consumer
    await settle();
    expect(third).toBe(false);
    expect(seen).toEqual(["a"]);
    release();
    await blocked;
    await until(() => seen.length === 2);
    release();
    await until(() => seen.length === 3);
    release();
    drive.stop();
    await drive.done;
  });

  it("does not read while the machine holds one byte more output than allowed", async () => {
    const [ours, theirs] = memoryPair({ highWaterBytes: 1 });
    const machine = new EchoMachine();
    const seen: string[] = [];
    const drive = driveMachine(machine, ours, { onEvent: (event) => void seen.push(event), maxOutputBytes: 4 });
    // The first byte's echo fills the pipe, the second waits in write(); five more stay in the machine.
    for (const letter of "abcdefg") await theirs.write(text(letter));
    await settle();
    const before = seen.length;
    expect(drive.writable()).toBeInstanceOf(Promise);
    const blocked = [theirs.write(text("h")), theirs.write(text("i"))];
    await settle();
    expect(seen.length).toBe(before);
    expect(await readText(theirs, 9)).toBe("abcdefghi");
    await Promise.all(blocked);
    expect(drive.writable()).toBeUndefined();
    drive.stop();
    await drive.done;
  });

  it("does not read on while it is told to hold, also when it ends meanwhile", async () => {
    const [ours, theirs] = memoryPair({ maxReadBytes: 1 });
    const seen: string[] = [];
    const opens: (() => void)[] = [];
    const drive = driveMachine(new EchoMachine({ echo: false }), ours, {
      onEvent: (event) => void seen.push(event),
      holdReading: () => (seen.at(-1) === "a" ? undefined : new Promise((open) => void opens.push(open))),
    });
    await theirs.write(text("abc"));
    await until(() => opens.length === 1);
    await settle();
    expect(seen).toEqual(["a", "b"]);
    opens[0]?.();
    await until(() => opens.length === 2);
    expect(seen).toEqual(["a", "b", "c"]);
    drive.stop();
    await drive.done;
    opens[1]?.();
    expect(opens).toHaveLength(2);
  });

  it("tells the machine the time at its deadline, and ends with the error of a time-out", async () => {
    const clock = virtualClock();
    const [ours] = memoryPair();
    const drive = driveMachine(new EchoMachine({ deadline: 1000 }), ours, { onEvent: () => {}, clock });
    clock.advance(999);
    await settle();
    clock.advance(1);
    await expect(drive.done).rejects.toThrow("deadline at 1000");
  });

  it("gives up on last words that nobody reads when the linger time is over", async () => {
    const clock = virtualClock();
    const [ours] = memoryPair({ highWaterBytes: 1 });
    const machine = new EchoMachine();
    const drive = driveMachine(machine, ours, { onEvent: () => {}, clock, lingerMilliseconds: 50 });
    machine.say("nobody reads this");
    drive.flush();
    drive.stop();
    let over = false;
    drive.done.then(() => {
      over = true;
    });
    await settle();
    expect(over).toBe(false);
    clock.advance(50);
    await drive.done;
  });

  it("writes what a machine has held back when it gives it out", async () => {
    const [ours, theirs] = memoryPair();
    const machine = new EchoMachine();
    machine.holds = true;
    const drive = driveMachine(machine, ours, { onEvent: () => {} });
    machine.say("a");
    drive.flush(); // counted, and not given out
    await settle();
    machine.holds = false;
    drive.flush();
    expect(await readText(theirs, 1)).toBe("a");
    drive.stop();
    await drive.done;
  });

  it("ends without an error after stop() without a reason, everything due being sent first", async () => {
    const [ours, theirs] = memoryPair();
    const machine = new EchoMachine();
    const drive = driveMachine(machine, ours, { onEvent: () => {} });
    machine.say("last");
    drive.stop();
    await drive.done;
    expect(await readText(theirs, 4)).toBe("last");
    expect(await theirs.read()).toBeUndefined();
  });
});

/** Gives each byte as an event and echoes it; fails on `!` after saying `bye`. */
class EchoMachine implements ProtocolMachine<string> {
  readonly #options: { readonly echo?: boolean; readonly deadline?: number };
  /** Gives no output out, and counts it all the same. */
  holds = false;
  #events: string[] = [];
  #output = "";
  #error: Error | undefined;

  constructor(options: { readonly echo?: boolean; readonly deadline?: number } = {}) {
    this.#options = options;
  }

  get outputLength(): number {
    return this.#output.length;
  }

  get deadline(): number | undefined {
    return this.#error === undefined ? this.#options.deadline : undefined;
  }

  say(words: string): void {
    this.#output += words;
  }

  receive(chunk: Uint8Array): void {
    if (this.#error) throw this.#error;
    for (const byte of chunk) {
      const letter = String.fromCharCode(byte);
      if (letter === "!") {
        this.#output = "bye";
        this.#error = new Error("the peer said !");
        throw this.#error;
      }
      this.#events.push(letter);
      if (this.#options.echo !== false) this.say(letter);
    }
  }

  receiveEnd(): void {}

  nextEvent(): string | undefined {
    return this.#events.shift();
  }

  takeOutput(): Uint8Array | undefined {
    if (this.#output === "" || this.holds) return undefined;
    // One byte at a time where output piles up, so that the limit can be met exactly.
    const length = this.#options.echo === false || this.#output.length > 9 || this.#error ? this.#output.length : 1;
    const bytes = text(this.#output.slice(0, length));
    this.#output = this.#output.slice(length);
    return bytes;
  }

  advance(now: number): void {
    if (this.#error) throw this.#error;
    if (this.#options.deadline !== undefined && now >= this.#options.deadline) {
      this.#error = new Error(`deadline at ${now}`);
      throw this.#error;
    }
  }
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

async function readText(socket: { read(): Promise<Uint8Array | undefined> }, length: number): Promise<string> {
  let result = "";
  while (result.length < length) {
    const chunk = await socket.read();
    if (chunk === undefined) break;
    result += new TextDecoder().decode(chunk);
  }
  return result;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !condition(); i++) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

import type { SecureChannel } from "@netconf-kit/core";
import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { inTurns, Turns } from "../src/handshake-turns.ts";
import { memoryPair } from "../src/mod.ts";

/** The event loop in a test: what is scheduled runs when the test says so. */
function eventLoop(): Clock & { work(milliseconds: number): void; giveBack(): void; readonly scheduled: number } {
  let now = 0;
  let scheduled: (() => void)[] = [];
  return {
    now: () => now,
    schedule: (_at, callback) => {
      scheduled.push(callback);
      return () => {};
    },
    work: (milliseconds) => {
      now += milliseconds;
    },
    giveBack: () => {
      const due = scheduled;
      scheduled = [];
      for (const callback of due) callback();
    },
    get scheduled() {
      return scheduled.length;
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Turns", () => {
  it("gives one turn at a time, the oldest first, whoever asks first", async () => {
    const turns = new Turns(eventLoop());
    const [first, second, third] = [turns.join(), turns.join(), turns.join()];
    const order: number[] = [];
    for (const number of [third, second, first]) void turns.take(number).then(() => order.push(number));
    await settled();
    expect(order).toEqual([third]); // nobody else was there yet
    turns.end(third);
    await settled();
    expect(order).toEqual([third, first]);
    turns.end(first);
    await settled();
    expect(order).toEqual([third, first, second]);
  });

  it("gives the event loop back once the slice is over, and goes on after it", async () => {
    const loop = eventLoop();
    const turns = new Turns(loop, 10);
    let done = 0;
    const handshake = async (): Promise<void> => {
      const number = turns.join();
      await turns.take(number);
      loop.work(4);
      done++;
      turns.end(number);
    };
    for (let i = 0; i < 7; i++) void handshake();
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      await settled();
      counts.push(done);
      loop.giveBack();
    }
    expect(counts).toEqual([3, 6, 7]); // the third step begins within the 10 ms and may end after them
  });

  it("does not let somebody who waits for something else hold up the others", async () => {
    const loop = eventLoop();
    const turns = new Turns(loop);
    await turns.take(turns.join()); // never ends its turn
    let started = false;
    void turns.take(turns.join()).then(() => {
      started = true;
    });
    await settled();
    expect(started).toBe(false);
    loop.giveBack();
    await settled();
    expect(started).toBe(true);
  });

  it("schedules nothing while nobody waits", async () => {
    const loop = eventLoop();
    const turns = new Turns(loop);
    const number = turns.join();
    await turns.take(number);
    turns.end(number);
    loop.giveBack();
    expect(loop.scheduled).toBe(0);
  });
});

describe("inTurns()", () => {
  const channelOf = (socket: DuplexSocket): SecureChannel => ({
    socket,
    username: "ops",
    peer: { kind: "unauthenticated" },
    security: {},
    close: (reason) => socket.close(reason),
  });

  it("works on each chunk when it is its turn, and no longer once the channel stands", async () => {
    const loop = eventLoop();
    const order: string[] = [];
    const steps = async (socket: DuplexSocket, { name }: { readonly name: string }): Promise<SecureChannel> => {
      for (let i = 1; i <= 2; i++) {
        await socket.read();
        order.push(`${name}${i}`);
      }
      return channelOf(socket);
    };
    const secure = inTurns(steps, new Turns(loop));
    const [near, far] = memoryPair();
    const [otherNear, otherFar] = memoryPair();
    const both = [secure(near, { name: "a" }), secure(otherNear, { name: "b" })] as const;
    for (const [socket, text] of [
      [otherFar, "b1"],
      [otherFar, "b2"],
      [far, "a1"],
      [far, "a2"],
    ] as const)
      await socket.write(new TextEncoder().encode(text));
    const [channel] = await Promise.all(both);
    expect(order.filter((step) => step.startsWith("a"))).toEqual(["a1", "a2"]);
    expect(order.filter((step) => step.startsWith("b"))).toEqual(["b1", "b2"]);
    await far.write(new TextEncoder().encode("plain"));
    expect(new TextDecoder().decode(await channel.socket.read())).toBe("plain");
    loop.giveBack();
    expect(loop.scheduled).toBe(0);
  });

  it("lets go of a connection that is closed while it waits: with its reason, or with the end", async () => {
    const turns = new Turns(eventLoop());
    await turns.take(turns.join()); // somebody works all the time
    for (const reason of [new Error("out of time"), undefined]) {
      const [near, far] = memoryPair();
      let socketOfHandshake: DuplexSocket | undefined;
      const handshake = inTurns(async (socket: DuplexSocket, _: object): Promise<SecureChannel> => {
        socketOfHandshake = socket;
        if ((await socket.read()) === undefined) throw new Error("it ended");
        return channelOf(socket);
      }, turns)(near, {});
      await far.write(new Uint8Array([1]));
      await settled();
      await socketOfHandshake?.close(reason);
      await expect(handshake).rejects.toThrow(reason?.message ?? "it ended");
    }
  });
});

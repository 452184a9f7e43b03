import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { ConnectionWatch, type WatchOptions } from "../src/call-home/connection-watch.ts";

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

/** A watched connection whose peer answers while `alive`. */
function watched(options: WatchOptions) {
  const clock = virtualClock();
  const log: string[] = [];
  const peer = { alive: true };
  const watch = new ConnectionWatch(clock, options, {
    probe: () => {
      log.push(`asked@${clock.now()}`);
      return peer.alive ? Promise.resolve() : new Promise(() => {});
    },
    onIdle: () => log.push(`idle@${clock.now()}`),
    onLost: () => log.push(`lost@${clock.now()}`),
  });
  return { clock, log, peer, watch };
}

describe("ConnectionWatch", () => {
  it("tells of a connection that was silent for idleTimeout, and not a moment before", () => {
    const { clock, log, watch } = watched({ idleTimeout: 1000 });
    clock.advance(700);
    watch.active();
    clock.advance(999);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(["idle@1700"]);
    expect(clock.pending).toBe(0);
  });

  it("sets no timer for nothing: 0 is never, and without liveness nobody is asked", () => {
    for (const options of [{}, { idleTimeout: 0 }]) expect(watched(options).clock.pending).toBe(0);
  });

  it("RFC 8071 §4.1: asks a silent peer, and goes on as long as it answers", async () => {
    const { clock, log } = watched({ liveness: { interval: 1000, maxAttempts: 2 } });
    for (let i = 0; i < 4; i++) {
      clock.advance(1000);
      await settled();
    }
    expect(log).toEqual(["asked@1000", "asked@2000", "asked@3000", "asked@4000"]);
  });

  it("gives up a peer that has not answered maxAttempts questions", () => {
    const { clock, log, peer } = watched({ liveness: { interval: 1000, maxAttempts: 2 } });
    peer.alive = false;
    clock.advance(10_000);
    expect(log).toEqual(["asked@1000", "asked@2000", "lost@3000"]);
    expect(clock.pending).toBe(0);
  });

  it("takes data for a sign of life, and a sign of life for no data", async () => {
    const { clock, log, watch } = watched({ idleTimeout: 2500, liveness: { interval: 1000 } });
    clock.advance(900);
    watch.active();
    clock.advance(900);
    expect(log).toEqual([]);
    for (let i = 0; i < 16; i++) {
      clock.advance(100);
      await settled();
    }
    expect(log).toEqual(["asked@1900", "asked@2900", "idle@3400"]);
  });

  it("a question that is refused is one without an answer", async () => {
    const clock = virtualClock();
    const log: string[] = [];
    new ConnectionWatch(
      clock,
      { liveness: { interval: 1000, maxAttempts: 1 } },
      { probe: () => Promise.reject(new Error("closed")), onIdle: () => {}, onLost: () => log.push("lost") },
    );
    clock.advance(1000);
    await settled();
    clock.advance(1000);
    expect(log).toEqual(["lost"]);
  });

  it("probeNow asks at once and leaves the whole interval for the answer; once is enough", () => {
    const { clock, log, peer, watch } = watched({ liveness: { interval: 1000, maxAttempts: 1 } });
    peer.alive = false;
    clock.advance(300);
    watch.probeNow();
    clock.advance(0);
    watch.probeNow();
    clock.advance(999);
    expect(log).toEqual(["asked@300"]);
    clock.advance(1);
    expect(log).toEqual(["asked@300", "lost@1300"]);
  });

  it("a timer that comes late, as after a sleep, takes nothing from the time for the answer", () => {
    const clock = virtualClock();
    let lag = 0;
    const log: string[] = [];
    const late = {
      now: () => clock.now() + lag,
      schedule: (at: number, callback: () => void) => clock.schedule(at - lag, callback),
    };
    new ConnectionWatch(
      late,
      { liveness: { interval: 1000, maxAttempts: 1 } },
      {
        probe: () => {
          log.push(`asked@${late.now()}`);
          return new Promise(() => {});
        },
        onIdle: () => {},
        onLost: () => log.push(`lost@${late.now()}`),
      },
    );
    lag = 10_000;
    clock.advance(5000);
    expect(log).toEqual(["asked@11000", "lost@12000"]);
  });

  it("goes by new settings at once, and is silent after stop", () => {
    const { clock, log, watch } = watched({ idleTimeout: 10_000 });
    watch.configure({ idleTimeout: 500 });
    clock.advance(500);
    expect(log).toEqual(["idle@500"]);
    const second = watched({ idleTimeout: 500, liveness: { interval: 100 } });
    second.watch.stop();
    second.watch.probeNow();
    second.watch.configure({ idleTimeout: 1 });
    expect(second.clock.pending).toBe(0);
  });
});

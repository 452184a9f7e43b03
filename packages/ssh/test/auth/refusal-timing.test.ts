import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { RefusalTiming } from "../../src/auth/refusal-timing.ts";
import { acceptSsh, connectSsh } from "../../src/mod.ts";
import { seededRandom } from "../session/machine-pair.ts";
import { clientDefaults, serverDefaults } from "../shell/shell-pair.ts";

const secret = seededRandom(1)(32);
const names = Array.from({ length: 200 }, (_, i) => `user${i}`);

describe("how long a refusal takes (RFC 4252 §4)", () => {
  it("is the same for a name each time, and differs between names and secrets within its bounds", () => {
    const timing = new RefusalTiming(nobleProvider, secret, { minimum: 10, jitter: 5 });
    const pauses = names.map((name) => timing.dueAt(name, 1000, 1000) - 1000);
    expect(names.map((name) => timing.dueAt(name, 1000, 1003) - 1000)).toEqual(pauses);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...pauses)).toBeLessThan(15);
    expect(new Set(pauses).size).toBeGreaterThan(150);
    const other = new RefusalTiming(nobleProvider, seededRandom(2)(32), { minimum: 10, jitter: 5 });
    expect(names.map((name) => other.dueAt(name, 1000, 1000) - 1000)).not.toEqual(pauses);
  });

  it("is doubled until it covers what the decision took", () => {
    const timing = new RefusalTiming(nobleProvider, secret, { minimum: 10, jitter: 0 });
    for (const [took, due] of [
      [0, 10],
      [10, 10],
      [10.1, 20],
      [25, 40],
      [1000, 1280],
    ] as const)
      expect(timing.dueAt("ada", 500, 500 + took)).toBe(500 + due);
  });

  it("may be nothing", () => {
    const timing = new RefusalTiming(nobleProvider, secret, { minimum: 0, jitter: 0 });
    expect(timing.dueAt("ada", 500, 700)).toBe(700);
  });

  it("is what a client sees, whether the application answers at once or looks somebody up", async () => {
    const refusalTiming = new RefusalTiming(nobleProvider, secret, { minimum: 200, jitter: 0 });
    const times: number[] = [];
    for (const lookup of [0, 60, 190]) {
      const clock = virtualClock();
      const [left, right] = memoryPair();
      let decided = false;
      const authenticate = async (): Promise<{ accept: false }> => {
        clock.advance(lookup);
        decided = true;
        return { accept: false };
      };
      const serving = acceptSsh(right, { ...serverDefaults, clock, refusalTiming, authenticate }).catch(() => {});
      let refusedAt: number | undefined;
      // A second password is asked for when the first one has been refused.
      const again = (): string => {
        refusedAt = clock.now();
        throw new Error("no more");
      };
      const authentication = [
        { method: "password", password: "wrong" },
        { method: "password", password: again },
      ] as const;
      const failure = connectSsh(left, { ...clientDefaults, authentication }).catch(() => {});
      await expect.poll(() => decided).toBe(true);
      while (refusedAt === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (clock.now() < 1000) clock.advance(1);
      }
      times.push(refusedAt);
      await failure;
      await serving;
    }
    // One virtual millisecond passes for each real one at least, while the answer is on its way.
    for (const time of times) expect(time).toBeGreaterThanOrEqual(200);
  });
});

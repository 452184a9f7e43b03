import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ReconnectOptions, ReconnectPolicy } from "../src/mod.ts";

const error = new Error("refused");

function policy(names: readonly string[], options: ReconnectOptions = {}, random = () => 0.5): ReconnectPolicy {
  return new ReconnectPolicy(names, { retryInterval: 1000, backoff: 1, jitter: 0, ...options }, random, 0);
}

/** Connected to the endpoint at `index` at time 0; those before it have failed. */
function connected(names: readonly string[], index: number, options: ReconnectOptions = {}): ReconnectPolicy {
  const p = policy(names, { maxAttempts: 1, ...options });
  for (let i = 0; i < index; i++) {
    p.advance(p.deadline ?? 0);
    p.failed(p.deadline ?? 0, error);
  }
  const now = p.deadline ?? 0;
  p.advance(now);
  p.connected(now);
  return p;
}

describe("ReconnectPolicy.reconfigure", () => {
  it("leaves a connection alone, and keeps what is known of endpoints that stay", () => {
    const p = connected(["a", "b"], 1);
    p.reconfigure(["c", "b", "a"], {}, 2000);
    expect([p.state, p.active]).toEqual(["connected", "b"]);
    expect(p.status()).toMatchObject([
      { name: "c", failures: 0, lastError: undefined },
      { name: "b", connectedSince: 1000 },
      { name: "a", failures: 1, lastError: error },
    ]);
    p.disconnected(50_000, undefined);
    expect(p.advance(50_000)).toBe(0);
    expect(p.active).toBe("c");
  });

  it("keeps the connection to an endpoint that is gone until it ends", () => {
    const p = connected(["a"], 0);
    p.reconfigure(["b"], {}, 100);
    expect([p.state, p.active, p.status().map(({ name }) => name)]).toEqual(["connected", "a", ["b"]]);
    p.disconnected(50_000, undefined);
    p.advance(50_000);
    expect(p.active).toBe("b");
  });

  it("ends a wait, and begins anew where all was given up", () => {
    const waiting = policy(["a"], { retryInterval: 100_000 });
    waiting.advance(0);
    waiting.failed(0, error);
    waiting.reconfigure(["a"], {}, 500);
    expect(waiting.deadline).toBe(500);
    const over = policy(["a"], { maxAttempts: 1, maxRounds: 1 });
    over.advance(0);
    over.failed(0, error);
    expect(over.state).toBe("exhausted");
    over.reconfigure(["b"], {}, 500);
    expect([over.state, over.deadline]).toEqual(["waiting", 500]);
  });

  it("has nothing to do once the list is empty, and does not end a connection for that", () => {
    const p = connected(["a"], 0);
    p.reconfigure([], {}, 100);
    expect(p.state).toBe("connected");
    p.disconnected(50_000, undefined);
    expect([p.state, p.deadline]).toEqual(["exhausted", undefined]);
  });

  it("does not blame an endpoint for an attempt that was called off", () => {
    const p = policy(["a", "b"]);
    p.advance(0);
    p.reconfigure(["b"], {}, 10);
    p.abandoned(10);
    expect(p.status()).toMatchObject([{ name: "b", failures: 0, nextTry: 10 }]);
  });
});

describe("ReconnectPolicy: which endpoint is first", () => {
  it("last-connected: the one of before the restart, as long as it is listed", () => {
    const first = (lastConnected: string) =>
      policy(["a", "b"], { startWith: "last-connected", lastConnected }).advance(0);
    expect([first("b"), first("gone")]).toEqual([1, 0]);
  });

  it("last-connected: what was met since counts more than what was before the restart", () => {
    const p = connected(["a", "b"], 1, { startWith: "last-connected", lastConnected: "a" });
    p.disconnected(50_000, undefined);
    expect(p.advance(50_000)).toBe(1);
  });

  it("random-selection: chosen anew after each connection, then round robin from there", () => {
    const chances = [0.5, 0.9];
    const p = policy(["a", "b", "c"], { startWith: "random-selection", maxAttempts: 1 }, () => chances.shift() ?? 0.5);
    expect(p.advance(0)).toBe(1);
    p.connected(0);
    p.disconnected(20_000, undefined);
    expect(p.advance(20_000)).toBe(2);
    p.failed(20_000, error);
    expect(p.advance(p.deadline ?? 0)).toBe(0);
  });
});

describe("ReconnectPolicy: how long it waits", () => {
  it("stays within its jitter of an interval that grows to its cap, whatever chance says", () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(chance, { minLength: 1, maxLength: 80 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (chances, jitter, backoff) => {
          let next = 0;
          const p = policy(["a"], { jitter, backoff, maxRetryInterval: 60_000 }, () => chances[next++] ?? 0.5);
          for (let failures = 0; failures < chances.length; failures++) {
            const now = p.deadline ?? -1;
            p.advance(now);
            p.failed(now, error);
            const interval = Math.min(1000 * backoff ** failures, 60_000);
            const waited = (p.deadline ?? 0) - now;
            expect(waited).toBeGreaterThanOrEqual(interval * (1 - jitter) - 1e-3);
            expect(waited).toBeLessThanOrEqual(interval * (1 + jitter) + 1e-3);
          }
        },
      ),
    );
  });
});

describe("ReconnectPolicy.stop", () => {
  it("may leave the connection, and calls no more when that is over", () => {
    const p = connected(["a"], 0);
    p.stop("stays");
    expect([p.state, p.status()[0]?.connectedSince]).toEqual(["stopped", 0]);
    p.disconnected(50_000, error);
    expect([p.state, p.deadline, p.status()[0]?.connectedSince]).toEqual(["stopped", undefined, undefined]);
    expect(p.callNow(50_000)).toBe(false);
  });
});

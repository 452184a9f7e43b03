import { describe, expect, it } from "vitest";
import { type ReconnectOptions, ReconnectPolicy } from "../src/mod.ts";

const error = new Error("refused");

function policy(
  names: readonly string[],
  options: ReconnectOptions = {},
  random: () => number = () => 0.5,
): ReconnectPolicy {
  return new ReconnectPolicy(names, { retryInterval: 1000, backoff: 1, ...options }, random, 0);
}

/** Which endpoint is called when, if each attempt fails at once: `0@0 0@1000 …`. */
function failures(p: ReconnectPolicy, count: number): string {
  const calls: string[] = [];
  for (let i = 0; i < count && p.deadline !== undefined; i++) {
    const now = p.deadline;
    calls.push(`${p.advance(now)}@${now}`);
    p.failed(now, error);
  }
  return calls.join(" ");
}

describe("ReconnectPolicy", () => {
  it("calls at once, and not before it is time", () => {
    const p = policy(["a"]);
    expect(p.deadline).toBe(0);
    expect(p.advance(0)).toBe(0);
    expect(p.advance(0)).toBeUndefined();
    p.failed(10, error);
    expect(p.deadline).toBe(1010);
    expect(p.advance(1009)).toBeUndefined();
    expect(p.advance(1010)).toBe(0);
  });

  it("goes to the next endpoint after maxAttempts, round robin without end", () => {
    expect(failures(policy(["a", "b", "c"], { maxAttempts: 2 }), 8)).toBe(
      "0@0 0@1000 1@2000 1@3000 2@4000 2@5000 0@6000 0@7000",
    );
  });

  it("gives up after maxRounds, and callNow begins anew", () => {
    const p = policy(["a", "b"], { maxAttempts: 1, maxRounds: 2 });
    expect(failures(p, 99)).toBe("0@0 1@1000 0@2000 1@3000");
    expect([p.state, p.deadline]).toEqual(["exhausted", undefined]);
    expect(p.callNow(9000)).toBe(true);
    expect(p.advance(9000)).toBe(0);
  });

  it("lets the interval grow to its cap", () => {
    expect(failures(policy(["a"], { backoff: 2, maxRetryInterval: 5000 }), 6)).toBe(
      "0@0 0@1000 0@3000 0@7000 0@12000 0@17000",
    );
  });

  it("spreads the interval by its jitter, evenly to both sides", () => {
    const at = (random: number): number | undefined => {
      const p = policy(["a"], { jitter: 0.2 }, () => random);
      p.advance(0);
      p.failed(0, error);
      return p.deadline;
    };
    expect([at(0), at(0.5), at(0.999999)].map((ms) => Math.round(ms!))).toEqual([800, 1000, 1200]);
  });

  it("first-listed begins with the first again after a connection; last-connected with the same", () => {
    const after = (startWith: "first-listed" | "last-connected"): number | undefined => {
      const p = policy(["a", "b"], { maxAttempts: 1, startWith });
      p.advance(0);
      p.failed(0, error);
      expect(p.advance(1000)).toBe(1);
      p.connected(1000);
      p.disconnected(100_000, undefined);
      return p.advance(100_000);
    };
    expect(after("first-listed")).toBe(0);
    expect(after("last-connected")).toBe(1);
  });

  it("random-selection takes what the random function says", () => {
    const picks = [0, 0.34, 0.67, 0.9999].map((r) =>
      policy(["a", "b", "c"], { startWith: "random-selection" }, () => r).advance(0),
    );
    expect(picks).toEqual([0, 1, 2, 2]);
  });

  it("calls again at once after a stable connection, and waits after a short one", () => {
    const p = policy(["a"], { stableAfter: 5000, backoff: 2 });
    p.advance(0);
    p.connected(0);
    p.disconnected(5000, undefined);
    expect(p.deadline).toBe(5000);
    p.advance(5000);
    p.connected(5000);
    p.disconnected(5001, error);
    expect(p.deadline).toBe(6001);
    p.advance(6001);
    p.connected(6001);
    p.disconnected(6002, error);
    expect(p.deadline).toBe(8002);
  });

  it("stops after a connection without reconnect", () => {
    const p = policy(["a"], { reconnect: false });
    p.advance(0);
    p.connected(0);
    p.disconnected(50_000, undefined);
    expect([p.state, p.deadline, p.callNow(50_000)]).toEqual(["stopped", undefined, false]);
  });

  it("a periodic connection is made once in its period", () => {
    const p = policy(["a"], { period: 60_000 });
    p.advance(0);
    p.connected(0);
    p.disconnected(20_000, undefined);
    expect(p.deadline).toBe(60_000);
    p.advance(60_000);
    p.connected(60_000);
    p.disconnected(200_000, undefined);
    expect(p.deadline).toBe(240_000);
  });

  it("tells of each endpoint its failures, last error, next try and connection", () => {
    const p = policy(["a", "b"], { maxAttempts: 1 });
    p.advance(0);
    p.failed(5, error);
    expect(p.status()).toEqual([
      {
        name: "a",
        failures: 1,
        lastError: error,
        connectedSince: undefined,
        lastConnected: undefined,
        nextTry: undefined,
      },
      {
        name: "b",
        failures: 0,
        lastError: undefined,
        connectedSince: undefined,
        lastConnected: undefined,
        nextTry: 1005,
      },
    ]);
    p.advance(1005);
    p.connected(1010);
    expect(p.status()[1]).toMatchObject({ connectedSince: 1010, lastConnected: 1010, nextTry: undefined });
    expect(p.callNow(1011)).toBe(false);
    p.stop();
    expect([p.state, p.status()[1]?.connectedSince]).toEqual(["stopped", undefined]);
  });

  it("has nothing to do without endpoints", () => {
    const p = policy([]);
    expect([p.state, p.deadline, p.callNow(0)]).toEqual(["exhausted", undefined, false]);
  });
});

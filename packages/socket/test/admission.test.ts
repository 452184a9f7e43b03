import { describe, expect, it } from "vitest";
import { type Admission, AdmissionControl, type AdmissionRefusal, sourceOf } from "../src/mod.ts";

const generous = { burst: 1e9, perSecond: 0 };
const boundless = { maxPending: 1e9, maxPendingPerSource: 1e9, failures: generous, failuresPerSource: generous };

/** The connection, which has to be let in. */
function letIn(verdict: Admission | AdmissionRefusal): Admission {
  if (!verdict.admitted) throw new Error(`refused: ${verdict.reason}`);
  return verdict;
}

describe("AdmissionControl", () => {
  it("bounds what is unproved at once, and not one more", () => {
    const control = new AdmissionControl({ ...boundless, maxPending: 3 });
    const [first, second] = [1, 2, 3].map((n) => letIn(control.admit(`192.0.2.${n}:1`, 0)));
    expect(control.admit("192.0.2.4:1", 0)).toEqual({ admitted: false, reason: "too-many" });
    first?.succeed(0);
    letIn(control.admit("192.0.2.4:1", 0));
    expect(control.admit("192.0.2.5:1", 0)).toMatchObject({ reason: "too-many" });
    second?.end(0);
    letIn(control.admit("192.0.2.5:1", 0));
    expect(control.pending).toBe(3);
  });

  it("bounds what is unproved from one source, and leaves the others alone", () => {
    const control = new AdmissionControl({ ...boundless, maxPendingPerSource: 2 });
    const [first] = [1, 2].map((port) => letIn(control.admit(`192.0.2.1:${port}`, 0)));
    expect(control.admit("192.0.2.1:3", 0)).toEqual({ admitted: false, reason: "too-many-from-source" });
    letIn(control.admit("192.0.2.2:1", 0));
    letIn(control.admit(undefined, 0));
    first?.end(0);
    letIn(control.admit("192.0.2.1:3", 0));
  });

  it("bounds failures by rate, from one source and from all together, and success costs nothing", () => {
    const rate = { burst: 5, perSecond: 2 };
    for (const [limits, reason] of [
      [{ ...boundless, failuresPerSource: rate }, "too-often-from-source"],
      [{ ...boundless, failures: rate }, "too-often"],
    ] as const) {
      const control = new AdmissionControl(limits);
      for (let i = 0; i < 1000; i++) letIn(control.admit("192.0.2.1:1", 0)).succeed(0);
      for (let i = 0; i < 5; i++) letIn(control.admit("192.0.2.1:1", 0)).end(0);
      expect(control.admit("192.0.2.1:1", 499)).toEqual({ admitted: false, reason });
      letIn(control.admit("192.0.2.1:1", 500)).end(500);
      expect(control.admit("192.0.2.1:1", 900)).toMatchObject({ reason });
      // However long nobody comes, there is no more than the burst.
      for (let i = 0; i < 5; i++) letIn(control.admit("192.0.2.1:1", 1e9)).end(1e9);
      expect(control.admit("192.0.2.1:1", 1e9)).toMatchObject({ reason });
    }
  });

  it("counts the first of succeed() and end() alone", () => {
    const control = new AdmissionControl({ ...boundless, failures: { burst: 2, perSecond: 0 } });
    const good = letIn(control.admit("a", 0));
    for (let i = 0; i < 3; i++) {
      good.succeed(0);
      good.end(0);
    }
    expect(control.pending).toBe(0);
    const bad = letIn(control.admit("a", 0));
    bad.end(0);
    bad.succeed(0);
    letIn(control.admit("a", 0)).end(0);
    expect(control.admit("a", 0)).toMatchObject({ reason: "too-often" });
  });

  it("asks the caller who may come, and what a source is", () => {
    const control = new AdmissionControl({
      ...boundless,
      maxPendingPerSource: 1,
      allows: (remote) => remote !== "192.0.2.66:1",
      sourceOf: (remote) => (remote.startsWith("proxy") ? undefined : "all"),
    });
    expect(control.admit("192.0.2.66:1", 0)).toEqual({ admitted: false, reason: "not-allowed" });
    letIn(control.admit("192.0.2.1:1", 0));
    expect(control.admit("198.51.100.1:1", 0)).toMatchObject({ reason: "too-many-from-source" });
    for (let i = 0; i < 10; i++) letIn(control.admit("proxy", 0));
  });

  it("has limits of its own: 128 and 32 at once, 64 failures of a source", () => {
    const control = new AdmissionControl();
    for (let i = 0; i < 128; i++) letIn(control.admit(`192.0.2.${i >> 5}:1`, 0));
    expect(control.admit("198.51.100.1:1", 0)).toMatchObject({ reason: "too-many" });
    const single = new AdmissionControl();
    for (let i = 0; i < 32; i++) letIn(single.admit("192.0.2.1:1", 0));
    expect(single.admit("192.0.2.1:1", 0)).toMatchObject({ reason: "too-many-from-source" });
    const failing = new AdmissionControl();
    for (let i = 0; i < 64; i++) letIn(failing.admit("192.0.2.1:1", 0)).end(0);
    expect(failing.admit("192.0.2.1:1", 0)).toMatchObject({ reason: "too-often-from-source" });
  });

  it("remembers 4096 sources, and never forgets one that has connections", () => {
    const control = new AdmissionControl({ ...boundless, maxPendingPerSource: 1 });
    letIn(control.admit("192.0.2.1:1", 0));
    for (let i = 0; i < 10_000; i++)
      letIn(control.admit(`[2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1]:1`, 0)).end(0);
    expect(control.admit("192.0.2.1:2", 0)).toMatchObject({ reason: "too-many-from-source" });
  });
});

describe("sourceOf()", () => {
  it("is the address without its port, and the network of an IPv6 address", () => {
    for (const [remote, source] of [
      ["192.0.2.1:4334", "192.0.2.1"],
      ["192.0.2.1", "192.0.2.1"],
      ["[2001:db8:1:2:3:4:5:6]:22", "2001:db8:1:2::/64"],
      ["[2001:DB8:1:2::9]:22", "2001:db8:1:2::/64"],
      ["2001:db8::1", "2001:db8:0:0::/64"],
      ["[fe80::1%eth0]:830", "fe80:0:0:0::/64"],
      ["[::1]:830", "0:0:0:0::/64"],
      ["[::ffff:192.0.2.1]:22", "192.0.2.1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["pipe", "pipe"],
      ["Host.Example:22", "host.example"],
      ["[1:2:3]:4", "1:2:3"],
    ] as const)
      expect(sourceOf(remote), remote).toBe(source);
  });
});

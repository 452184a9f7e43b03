import { describe, expect, it } from "vitest";
import { nextPhase, type SessionPhase, transitions } from "../src/mod.ts";

const phases = Object.keys(transitions.client) as SessionPhase[];

describe("the table of states", () => {
  it("RFC 6241 §8.1: lets nothing but a hello come first, for either role", () => {
    for (const role of ["client", "server"] as const) {
      expect(Object.keys(transitions[role]["awaiting-hello"])).toEqual(["hello"]);
    }
  });

  it("takes one hello and never a second", () => {
    for (const role of ["client", "server"] as const) {
      for (const phase of phases.filter((p) => p !== "awaiting-hello"))
        expect(nextPhase(role, phase, "hello")).toBeUndefined();
    }
  });

  it("gives requests to servers, and replies and notifications to clients, only", () => {
    for (const phase of phases) {
      expect(nextPhase("client", phase, "rpc")).toBeUndefined();
      expect(nextPhase("server", phase, "rpc-reply")).toBeUndefined();
      expect(nextPhase("server", phase, "notification")).toBeUndefined();
    }
  });

  it("never leaves closed or failed", () => {
    for (const role of ["client", "server"] as const) {
      expect([transitions[role].closed, transitions[role].failed]).toEqual([{}, {}]);
    }
  });
});

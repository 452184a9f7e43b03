import { describe, expect, it } from "vitest";
import { RekeyBudget } from "../../src/transport/rekey-budget.ts";
import { errorOf, MachinePair } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";

const quick = { client: { algorithms: quickCrypto }, server: { algorithms: quickCrypto, hostKeys: [quickSigner] } };

describe("how often a peer may ask for new keys (RFC 4253 §9)", () => {
  it("is 32 times without traffic, then once in two seconds", () => {
    const budget = new RekeyBudget();
    for (let i = 0; i < 32; i++) budget.spend(1000, 500);
    expect(errorOf(() => budget.spend(2999, 500))).toMatchObject({ code: "limit-exceeded", fault: "peer" });
    budget.spend(4000, 500);
    expect(errorOf(() => budget.spend(4001, 500)).code).toBe("limit-exceeded");
  });

  it("is not limited after 32 KiB of traffic", () => {
    const budget = new RekeyBudget();
    for (let i = 0; i < 10_000; i++) budget.spend(0, 32 * 1024);
    for (let i = 0; i < 32; i++) budget.spend(0, 32 * 1024 - 1);
    expect(errorOf(() => budget.spend(0, 32 * 1024 - 1)).code).toBe("limit-exceeded");
  });

  it("grows to no more than 32, however long nobody asks", () => {
    const budget = new RekeyBudget();
    for (let i = 0; i < 32; i++) budget.spend(1e9, 0);
    expect(errorOf(() => budget.spend(1e9, 0)).code).toBe("limit-exceeded");
  });

  it("ends the connection of a peer that floods with key exchanges, in either role", () => {
    for (const flooder of ["client", "server"] as const) {
      const pair = new MachinePair(quick).run();
      const flood = (): void => {
        for (let i = 0; i < 33; i++) {
          pair[flooder].rekey();
          pair.run();
        }
      };
      expect(errorOf(flood)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
      const other = flooder === "client" ? pair.server : pair.client;
      expect(other.failure).toMatchObject({ code: "limit-exceeded" });
    }
  });

  it("does not count our own key exchanges", () => {
    const pair = new MachinePair(quick).run();
    for (let i = 0; i < 32; i++) {
      pair.client.rekey();
      pair.run();
    }
    expect(pair.client.failure).toBe(undefined);
    pair.server.rekey();
    pair.run();
    expect(pair.server.failure).toBe(undefined);
  });
});

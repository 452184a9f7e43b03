import { describe, expect, it } from "vitest";
import { dialTcp, listenTcp } from "../src/mod.ts";

// What it does in Bun: test/interop/bun.test.ts.
describe("in another runtime than Bun", () => {
  it("dialTcp() rejects, and says why", async () => {
    await expect(dialTcp({ host: "127.0.0.1", port: 830 })()).rejects.toMatchObject({
      name: "TransportError",
      code: "failed",
      message: expect.stringContaining("Bun"),
    });
  });

  it("listenTcp() throws, and says why", () => {
    expect(() => listenTcp()).toThrow(/Bun/);
  });
});

import { describe, expect, it } from "vitest";
import { netconf } from "./run-netconf.ts";

describe("netconf demo", () => {
  for (const options of [[], ["--processes"]]) {
    it(`tells the whole road${options.length > 0 ? " with the device in a process of its own" : ""}`, async () => {
      const { code, stdout, stderr } = await netconf(["demo", ...options]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      const told = [
        "host key made on the spot",
        "listens for Call Home",
        "starts SSH as client",
        "this is barn-router",
        "key exchange mlkem768x25519-sha256",
        "hellos exchanged",
        "get-config running",
        "+ ",
        "validate candidate: ok",
        "rolled back: ok",
        "notification: netconf-config-change",
        "confirming commit: ok",
        "rpc-error data-missing",
        "calls back",
        "still the",
        "Done",
      ];
      let at = 0;
      for (const words of told) {
        const found = stdout.indexOf(words, at);
        expect(found, `"${words}" after ${JSON.stringify(stdout.slice(at, at + 200))}`).toBeGreaterThanOrEqual(0);
        at = found;
      }
    });
  }
});

import { SshError } from "netconf-kit";
import { describe, expect, it } from "vitest";
import { describeError } from "../src/state/describe-error.ts";
import { websockifyErrorOf, websockifyErrors } from "../src/state/websockify-error.ts";

const url = "ws://192.0.2.9:6080";

describe("websockifyErrorOf()", () => {
  it.each([
    ["a WebSocket that never opened", 1006, "", false, "no-websockify"],
    ["a device that refuses", 1011, "Failed to connect to downstream server", true, "device-not-reached"],
    ["a websockify that is killed", 1006, "", true, "websockify-lost"],
    ["any other code", 1002, "", true, "websockify-lost"],
    ["a device that closes", 1000, "Target closed", true, undefined],
    ["a close without a code", 1005, "", true, undefined],
  ])("reads %s (RFC 6455 §7.4.1)", (_what, code, reason, wasOpen, expected) => {
    expect(websockifyErrorOf(url, code, reason, wasOpen)?.code).toBe(expected);
  });

  it("is shown as what it is, with something to try, also behind an error of SSH", () => {
    const cause = websockifyErrorOf(url, 1011, "Failed to connect to downstream server", true);
    expect(describeError(new SshError("connection-ended", "the connection broke", { cause }))).toEqual({
      title: "websockify: the way to the device failed",
      message: `${url} does not reach the device that it leads to: Failed to connect to downstream server`,
      code: "device-not-reached",
      rfc: "RFC 6455 §7.4.1",
      hint: "Look up what websockify was started with, and whether the device listens there.",
      details: [],
    });
  });

  it("has a hint for each of its codes", () => {
    for (const code of Object.keys(websockifyErrors)) {
      const error = Object.assign(new Error(code), { layer: "websockify", code, fault: "transport" });
      expect(describeError(error).hint).toBeDefined();
    }
  });
});

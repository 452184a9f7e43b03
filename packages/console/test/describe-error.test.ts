import { NetconfError, parseXml, RpcError, rpcError, SshError, TransportError } from "netconf-kit";
import { describe, expect, it } from "vitest";
import { describeError } from "../src/state/describe-error.ts";

describe("describeError()", () => {
  it("names layer, fault, code and RFC", () => {
    expect(describeError(new SshError("authentication-failed", "no method is left"))).toEqual({
      title: "SSH: the other side broke a rule or refused",
      message: "no method is left",
      code: "authentication-failed",
      rfc: "RFC 4252 §5.1",
      hint: "Check the user name, and whether the device knows this key or password.",
      details: [],
    });
    expect(describeError(new NetconfError("capability-missing", "…")).title).toContain("NETCONF");
  });

  it("tells why the way failed, and not only that it did", () => {
    const cause = new TransportError("connection-refused", "127.0.0.1:830 refuses");
    expect(describeError(new SshError("connection-ended", "the connection broke", { cause }))).toMatchObject({
      code: "connection-refused",
      message: "127.0.0.1:830 refuses",
    });
  });

  it("lists each rpc-error with its place (RFC 6241 §4.3)", () => {
    const { details, hint } = describeError(
      new RpcError([
        rpcError({ tag: "lock-denied", message: "held", sessionId: 7 }),
        rpcError({ type: "protocol", tag: "in-use" }),
      ]),
    );
    expect(details).toEqual(["lock-denied (session 7): held", "in-use"]);
    expect(hint).toContain("kill-session");
  });

  it("reads errors of XML, and anything else that is thrown", () => {
    let thrown: unknown;
    try {
      parseXml("<a>");
    } catch (error) {
      thrown = error;
    }
    expect(describeError(thrown)).toMatchObject({ code: "not-well-formed" });
    expect(describeError("text")).toMatchObject({ message: "text", code: "page" });
  });
});

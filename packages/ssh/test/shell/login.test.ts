import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import type { SshClientOptions } from "../../src/mod.ts";
import { acceptSsh, connectSsh, isSshError } from "../../src/mod.ts";
import { hostKey } from "../session/machine-pair.ts";

import { clientDefaults, failureOf, serverDefaults } from "./shell-pair.ts";

describe("host key verification (RFC 4251 §4.1)", () => {
  const verifiers: readonly [string, () => unknown][] = [
    ["rejects", () => ({ accept: false, reason: "unknown" })],
    ["throws", () => Promise.reject(new Error("no disk"))],
    [
      "throws at once",
      () => {
        throw new Error("no disk");
      },
    ],
    ["returns nothing", () => undefined],
    ["returns true", () => true],
    ["returns something truthy", () => ({ accept: "yes" })],
    ["returns null", () => null],
  ];
  for (const [what, verify] of verifiers) {
    it(`ends the connection when the verifier ${what}`, async () => {
      let asked = false;
      const failure = await failureOf({
        verifyHostKey: verify as SshClientOptions["verifyHostKey"],
        authentication: () => {
          asked = true;
          return [];
        },
      });
      expect(failure).toMatchObject({ code: "host-key-rejected", fault: "peer" });
      expect(asked).toBe(false);
    });
  }

  it("ends the connection when the verifier never answers", async () => {
    const failure = await failureOf({
      verifyHostKey: () => new Promise(() => {}),
      timeouts: { hostKeyVerification: 30 },
    });
    expect(failure).toMatchObject({ code: "host-key-rejected" });
    expect((failure as Error).cause).toMatchObject({ code: "credential-unavailable" });
  });

  it("is compulsory: a missing verifier is a wrong call, and the socket is closed", async () => {
    const [left, right] = memoryPair();
    const { verifyHostKey: _, ...rest } = clientDefaults;
    await expect(connectSsh(left, rest as SshClientOptions)).rejects.toMatchObject({
      code: "local-usage",
      fault: "local",
    });
    expect(await right.read().catch(() => "closed")).toBe("closed");
  });
});

describe("a login that fails", () => {
  it("names what was tried and what the server still offers", async () => {
    const failure = await failureOf({ authentication: [{ method: "password", password: "wrong" }] });
    expect(failure).toMatchObject({
      code: "authentication-failed",
      serverOffers: ["publickey", "password", "keyboard-interactive"],
    });
    expect(isSshError(failure) && failure.message).toContain("tried password");
  });

  it("is a local failure when the credentials cannot be had", async () => {
    const cause = new Error("the vault is sealed");
    const failure = await failureOf({ authentication: () => Promise.reject(cause) });
    expect(failure).toMatchObject({ code: "credential-unavailable", fault: "local", cause });
    const password = () => Promise.reject(cause);
    expect(await failureOf({ authentication: [{ method: "password", password }] })).toMatchObject({ cause });
    const respond = () => Promise.reject(cause);
    const asking = {
      authenticate: () => ({ accept: "ask", prompts: [{ prompt: "?", echo: true }] }) as const,
    };
    expect(await failureOf({ authentication: [{ method: "keyboard-interactive", respond }] }, asking)).toMatchObject({
      cause,
    });
  });

  it("is refused when the server's application throws", async () => {
    const failure = await failureOf({}, { authenticate: () => Promise.reject(new Error("no database")) });
    expect(failure).toMatchObject({ code: "authentication-failed" });
  });

  it("is told to the server as what it is", async () => {
    const [left, right] = memoryPair();
    const serving = acceptSsh(right, serverDefaults).catch((error: unknown) => error);
    await connectSsh(left, { ...clientDefaults, authentication: [] }).catch(() => {});
    expect(await serving).toMatchObject({ code: "disconnected-by-peer" });
  });

  it("fails on the server's side when the host key cannot sign", async () => {
    const failure = await failureOf(
      {},
      { hostKeys: [{ ...hostKey, sign: () => Promise.reject(new Error("no token")) }] },
    );
    expect(failure).toMatchObject({ code: "disconnected-by-peer" });
  });
});

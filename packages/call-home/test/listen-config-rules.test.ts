import { defaultCallHomeSettings } from "@netconf-kit/core";
import { describe, expect, it } from "vitest";
import type { CredentialsConfig } from "../src/listen-config.ts";
import { listenerDialect, listenRules } from "../src/listen-config-rules.ts";
import { FULL } from "./support/listen-file.ts";

const outboundSsh = { secretOf: () => undefined, hmacSha1: () => new Uint8Array(20) };

describe("listenRules", () => {
  it("gives devices and users the credentials that are named", async () => {
    const read: CredentialsConfig[] = [];
    const { devices, users } = await listenRules(FULL, async (credentials) => {
      read.push(credentials);
      return credentials.username.toUpperCase();
    });
    expect(read).toEqual([FULL.devices[0]?.credentials, ...FULL.users.map(({ credentials }) => credentials)]);
    const { credentials: _, outboundSshSecret: __, ...first } = FULL.devices[0] ?? {};
    expect(devices).toEqual([{ ...first, credentials: "OPS" }, FULL.devices[1]]);
    expect(users).toEqual([
      { name: "ops", credentials: "OPS", unknownKeys: "accept-new" },
      { name: "old", credentials: "ADMIN" },
    ]);
  });

  it("gives settings by the names that a manager has for them", async () => {
    const { devices: _, users: __, ...settings } = await listenRules(FULL, () => "");
    const admission = { ...FULL.limits.admission, sourceOf: expect.any(Function) };
    expect(settings).toEqual({ ...FULL.limits, admission, whenConnected: "replace" });
  });

  it("names each setting, so that one which is gone from the file has its default again", async () => {
    const { limits: _, policy: __, ...bare } = FULL;
    const rules = await listenRules(bare, () => "");
    expect(rules).toMatchObject(defaultCallHomeSettings);
    expect(rules).toHaveProperty("admission");
  });

  it("counts balancers as no source", async () => {
    const { admission } = await listenRules(FULL, () => "");
    expect(admission?.sourceOf?.("10.1.2.3:4000")).toBeUndefined();
    expect(admission?.sourceOf?.("192.0.2.7:4000")).toBe("192.0.2.7");
    const plain = await listenRules({ ...FULL, listeners: [{ transport: "ssh" }] }, () => "");
    expect(plain.admission).toEqual(FULL.limits.admission);
  });

  it("holds nobody unless told to", async () => {
    const config = { ...FULL, policy: {} };
    expect(await listenRules(config, () => "")).not.toHaveProperty("pending");
    const { limits: _, ...unlimited } = FULL;
    expect(await listenRules(unlimited, () => "")).toMatchObject({ pending: {} });
  });

  it("rejects when credentials cannot be read", async () => {
    await expect(listenRules(FULL, () => Promise.reject(new Error("no such file")))).rejects.toThrow("no such file");
  });
});

describe("listenerDialect", () => {
  it("looks at the first bytes for SSH always, for TLS behind a balancer only", () => {
    expect(listenerDialect({ transport: "ssh" }, outboundSsh)).toEqual({});
    expect(listenerDialect({ transport: "tls" }, outboundSsh)).toBeUndefined();
    const balanced = listenerDialect({ transport: "tls", balancers: ["10.0.0.0/8"] }, outboundSsh);
    expect(balanced?.balancers?.has("10.1.2.3:4000")).toBe(true);
  });

  it("takes outbound-ssh where the listener says so", () => {
    expect(listenerDialect({ transport: "ssh", outboundSsh: true }, outboundSsh)).toEqual({ outboundSsh });
    expect(listenerDialect({ transport: "ssh", outboundSsh: false }, outboundSsh)).toEqual({});
  });
});

import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTcp, tlsServer } from "@netconf-kit/node-adapter";
import { createNetconfServer, type NetconfServer, type Service, serve } from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type IssuedCertificate,
  selfSigned,
  type TestAuthority,
  testAuthority,
} from "../../../test/support/test-authority.ts";
import { run } from "./run.ts";

let folder = "";
let ca: TestAuthority;
let device: IssuedCertificate;
let manager: IssuedCertificate;
let stranger: IssuedCertificate;
let server: NetconfServer;
let service: Service;
let target = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-tls-"));
  ca = testAuthority();
  device = ca.issue({ subject: "/CN=router-7", altNames: "DNS:r7.example.net,IP:127.0.0.1" });
  manager = ca.issue({ subject: "/CN=ops", altNames: "email:ops@example.net" });
  stranger = selfSigned(folder);
  server = await createNetconfServer({ schema: [] });
  const listener = await listenTcp();
  target = `127.0.0.1:${listener.port}`;
  const tls = tlsServer({
    cert: device.cert,
    key: device.key,
    clientCa: ca.cert,
    certToName: [{ id: 1, mapType: "san-any" }],
  });
  service = serve({ listener, server, tls });
});
afterAll(async () => {
  await service.close();
  await server.close();
  ca.remove();
  rmSync(folder, { recursive: true });
});

const pinOf = ({ cert }: IssuedCertificate): string => `SHA256:${new X509Certificate(cert).fingerprint256}`;
const as = ({ certFile, keyFile }: IssuedCertificate) => ["--cert", certFile, "--key", keyFile];
const hello = (...args: readonly string[]) => run("hello", target, "--tls", "--no-ssh-config", ...args);

describe("netconf --tls", () => {
  it("RFC 7589: opens a session with a device that an authority vouches for", async () => {
    const { code, stdout, stderr } = await hello(...as(manager), "--ca", ca.certFile);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/tls\n {2}.*TLSv1\.3/);
    expect(stdout).toContain(pinOf(device));
  });

  it("RFC 7589 §6: takes the name from --server-name, and without it the host of the target", async () => {
    const other = ca.issue({ subject: "/CN=r8", altNames: "DNS:r8.example.net" });
    expect(await hello(...as(manager), "--ca", ca.certFile, "--server-name", "r7.example.net")).toMatchObject({
      code: 0,
    });
    const wrong = await hello(...as(manager), "--ca", ca.certFile, "--server-name", "r8.example.net");
    expect(wrong).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^netconf: tls, .*r8\.example\.net.* — .+\n$/),
    });
    expect(other.cert).not.toBe(device.cert);
  });

  it("knows a device by the pin of its certificate alone, however it is spelled", async () => {
    const bare = pinOf(device).replace("SHA256:", "").replaceAll(":", "").toLowerCase();
    for (const pin of [pinOf(device), bare, `sha256 Fingerprint=${pinOf(device).slice(7)}`])
      expect(await hello(...as(manager), "--pin", pin)).toMatchObject({ code: 0 });
    expect(await hello(...as(manager), "--pin", pinOf(manager), "--pin", pinOf(device))).toMatchObject({ code: 0 });
    const wrong = await hello(...as(manager), "--pin", pinOf(manager));
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining("--pin") });
  });

  it("wants both where both --ca and --pin are given", async () => {
    const other = testAuthority("/CN=Other");
    const args = ["--pin", pinOf(device), "--ca", other.certFile];
    expect(await hello(...as(manager), ...args)).toMatchObject({ code: 4 });
    other.remove();
  });

  it("ends with 4 where the device refuses our certificate, as one JSON object too", async () => {
    const { code, stderr } = await hello(...as(stranger), "--pin", pinOf(device), "--json");
    expect(code).toBe(4);
    expect(JSON.parse(stderr)).toMatchObject({ exitCode: 4, layer: "tls", fault: "peer" });
  });

  it("ends with 3 where nothing listens, and with 5 where something else than TLS answers", async () => {
    const listener = await listenTcp();
    void (async () => {
      for await (const socket of listener) void socket.write(new TextEncoder().encode("SSH-2.0-x\r\n"));
    })();
    const args = ["--tls", "--no-ssh-config", ...as(manager), "--ca", ca.certFile];
    const where = `127.0.0.1:${listener.port}`;
    expect(await run("hello", where, ...args)).toMatchObject({ code: 5, stderr: expect.stringContaining("6513") });
    await listener.close();
    expect(await run("hello", where, ...args)).toMatchObject({ code: 3 });
  });

  it("traces messages, and no key", async () => {
    const trace = join(folder, "trace.xml");
    expect(await hello(...as(manager), "--ca", ca.certFile, "--trace", trace)).toMatchObject({ code: 0 });
    const text = readFileSync(trace, "utf8");
    expect(text).toContain("<close-session");
    expect(text).not.toContain("PRIVATE");
  });

  it.each<[string, () => readonly string[], RegExp]>([
    ["without a certificate", () => ["--ca", ca.certFile], /--cert/],
    ["without anything that knows the device", () => as(manager), /--ca/],
    ["for a user", () => [...as(manager), "--ca", ca.certFile, "-u", "ops"], /--user/],
    ["for a key of SSH", () => [...as(manager), "--ca", ca.certFile, "-i", "/nowhere"], /--identity/],
    ["for a pin that is none", () => [...as(manager), "--pin", "SHA256:abc"], /not the SHA-256/],
    ["for a file that is not there", () => ["--cert", "/nowhere", "--key", "/nowhere", "--ca", ca.certFile], /nowhere/],
    [
      "for a key of another certificate",
      () => ["--cert", manager.certFile, "--key", device.keyFile, "--ca", ca.certFile],
      /key/,
    ],
    ["for authorities that are none", () => [...as(manager), "--ca", manager.keyFile], /no certificate/],
  ])("ends with 2 %s", async (_name, args, words) => {
    expect(await hello(...args())).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(words) });
  });

  it("ends with 2 for an option of TLS without --tls", async () => {
    expect(await run("hello", target, "--pin", pinOf(device))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--pin has a meaning with --tls only"),
    });
    expect(await run("hello", `ops@${target}`, "--tls", ...as(manager), "--ca", ca.certFile)).toMatchObject({
      code: 2,
    });
  });
});

describe("netconf serve --tls", () => {
  const serveTls = (...args: readonly string[]) =>
    run("serve", "--address", "127.0.0.1", "--port", "0", "--tls", ...as(device), "--ca", ca.certFile, ...args);

  it.each<[string, string, RegExp]>([
    ["that is no JSON", "x", /cert-to-name list/],
    ["without entries", "[]", /not an array with entries/],
    ["with an unknown member", '[{"id":1,"map-type":"san-any","x":1}]', /no member "x"/],
    ["with an unknown map-type", '[{"id":1,"map-type":"any"}]', /needs a "map-type"/],
    ["without an id", '[{"map-type":"san-any"}]', /"id"/],
    ["that specifies no name", '[{"id":1,"map-type":"specified"}]', /no usable name/],
  ])("RFC 7407 §4: ends with 2 for a cert-to-name list %s", async (_name, text, words) => {
    const path = join(folder, "cert-to-name.json");
    writeFileSync(path, text);
    expect(await serveTls("--cert-to-name", path)).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
  });

  it("RFC 7589 §7: does not guess user names, and takes nothing of SSH", async () => {
    expect(await serveTls()).toMatchObject({ code: 2, stderr: expect.stringContaining("--cert-to-name") });
    expect(await serveTls("-u", "ops", "--authorized-keys", "/dev/null")).toMatchObject({ code: 2 });
    expect(await run("serve", "--port", "0", ...as(device))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--tls"),
    });
  });
});

import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dialTcp, listenTcp, tlsServer } from "@netconf-kit/node-adapter";
import { callHome, createNetconfServer, type NetconfServer, type Service, serve } from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type IssuedCertificate,
  selfSigned,
  type TestAuthority,
  testAuthority,
} from "../../../test/support/test-authority.ts";
import { deviceTls } from "../src/device-tls.ts";
import type { Terminal } from "../src/terminal.ts";
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

describe("netconf --tls --call-home", () => {
  /** A device that calls over TLS until the test is over. */
  const calling = (port: number, { cert, key }: IssuedCertificate) =>
    callHome({
      endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port }) }],
      server,
      tls: tlsServer({ cert, key, clientCa: ca.cert, certToName: [{ id: 1, mapType: "san-any" }] }),
      policy: { retryInterval: 50, backoff: 1 },
    });
  const freePort = async (): Promise<number> => {
    const listener = await listenTcp();
    await listener.close();
    return listener.port;
  };

  it("RFC 8071 §3.1 C5: refuses a device that is not named, and takes the one that is", async () => {
    const port = await freePort();
    const other = ca.issue({ subject: "/CN=r8", altNames: "DNS:r8.example.net" });
    const devices = [calling(port, other), calling(port, device)];
    const args = ["--call-home", `127.0.0.1:${port}`, "--tls", ...as(manager), "--pin", pinOf(device)];
    const { code, stdout, stderr } = await run("hello", ...args);
    await Promise.all(devices.map((each) => each.stop()));
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`identified as ${pinOf(device)}`),
    });
    expect(stdout).toContain(pinOf(device));
  });

  it("RFC 8071 §3.1 C6: knows a device by a name in its certificate together with the authority, and by no name alone", async () => {
    const port = await freePort();
    const self = selfSigned(folder, { subject: "/CN=router-7", altNames: "DNS:r7.example.net" });
    const devices = [calling(port, self), calling(port, device)];
    const who = ["--server-name", "r7.example.net", "--ca", ca.certFile];
    const { code, stderr } = await run("hello", "--call-home", `127.0.0.1:${port}`, "--tls", ...as(manager), ...who);
    await Promise.all(devices.map((each) => each.stop()));
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("ready: r7.example.net") });
  });

  it.each<[string, () => readonly string[], RegExp]>([
    ["without a device", () => ["--ca", ca.certFile], /which devices may call/],
    ["for a name without an authority", () => ["--server-name", "r7"], /--ca/],
    ["for a jump host", () => ["--pin", pinOf(device), "--jump", "bastion"], /--jump/],
  ])("ends with 2 %s", async (_name, args, words) => {
    expect(await run("hello", "--call-home", "127.0.0.1:0", "--tls", ...as(manager), ...args())).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(words),
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

  it("RFC 7407 §4: makes a user name of a manager's certificate by the list", async () => {
    const path = join(folder, "names.json");
    const fingerprint = `04:${new X509Certificate(ca.cert).fingerprint256}`;
    const entries = [
      { id: 2, fingerprint, "map-type": "common-name" },
      { id: 1, fingerprint, "map-type": "ietf-x509-cert-to-name:san-rfc822-name" },
    ];
    writeFileSync(path, JSON.stringify(entries));
    const options = { cert: device.certFile, key: device.keyFile, ca: [ca.certFile], certToName: path };
    const said: string[] = [];
    const terminal = { err: (line: string) => said.push(line) } as unknown as Terminal; // nothing else of it is used
    const users: string[] = [];
    const listener = await listenTcp();
    const mapped = serve({
      listener,
      server,
      tls: await deviceTls(options, terminal),
      onEvent: (event) => event.type === "authenticated" && users.push(event.username),
    });
    const args = ["--tls", ...as(manager), "--pin", pinOf(device)];
    const { code } = await run("hello", `127.0.0.1:${listener.port}`, ...args);
    await mapped.close();
    expect({ code, users, said }).toEqual({
      code: 0,
      users: ["ops@example.net"],
      said: [`certificate ${pinOf(device)}`],
    });
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

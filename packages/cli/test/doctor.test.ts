import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTcp, tlsServer } from "@netconf-kit/node-adapter";
import {
  Capabilities,
  capabilityUris,
  createNetconfServer,
  formatPrivateKey,
  generateKey,
  type NetconfServer,
  type Service,
  serve,
} from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type IssuedCertificate,
  selfSigned,
  type TestAuthority,
  testAuthority,
} from "../../../test/support/test-authority.ts";
import { Examination } from "../src/doctor/examination.ts";
import { overhear } from "../src/doctor/first-words.ts";
import { judgeCapabilities } from "../src/doctor/judge-capabilities.ts";
import { layerOf } from "../src/doctor/layer-of.ts";
import { asText } from "../src/doctor/report.ts";
import { random, startDevice, type TestDevice } from "./device.ts";
import { run } from "./run.ts";

function layered(layer: string, code: string): Error {
  return Object.assign(new Error(`it went wrong: ${code}`), { layer, code, fault: "peer", rfc: "RFC 1" });
}

describe("Examination", () => {
  it("times each layer, and calls one slow from a second on", () => {
    let now = 0;
    const examination = new Examination(["tcp", "ssh version", "login"], layerOf, () => now);
    now = 999;
    examination.pass("tcp", "192.0.2.1:830");
    now = 1999;
    examination.pass("ssh version", "SSH-2.0-x");
    expect(examination.steps).toMatchObject([
      { layer: "tcp", status: "ok", milliseconds: 999, advice: [] },
      { layer: "ssh version", status: "slow", milliseconds: 1000, advice: [expect.stringContaining("UseDNS")] },
      { layer: "login", status: "not reached" },
    ]);
    examination.pass("login", "as ops");
    expect(asText(examination)).toMatch(/The session works, slowly: 1999 ms .* ssh version with 1000 ms\.\n$/);
  });

  it("takes a layer as passed when a later one is, and none twice", () => {
    const examination = new Examination(["tls", "certificate", "login", "hello"], layerOf, () => 0);
    examination.pass("certificate", "CN");
    examination.pass("tls", "too late");
    examination.pass("hello", "session 1");
    expect(examination.steps.map(({ detail }) => detail)).toEqual([
      "shown by certificate",
      "CN",
      "shown by hello",
      "session 1",
    ]);
  });

  it("says at which layer it ended, why, and what to try", () => {
    const examination = new Examination(["tcp", "login", "hello"], layerOf, () => 0);
    examination.pass("tcp", "");
    examination.fail(layered("ssh", "authentication-failed"));
    examination.fail(new Error("what follows from the first error"));
    const text = asText(examination);
    expect(text).toMatch(/^login +failed +0 ms {2}it went wrong: authentication-failed \(RFC 1\)\n +→ name a key/m);
    expect(text).toMatch(/^hello +not reached\nThe session fails at: login\.\n$/m);
  });

  it.each<[string, string, Parameters<typeof layerOf>[1], string]>([
    ["ssh", "host-key-rejected", "key exchange", "host key"],
    ["ssh", "no-common-algorithm", "key exchange", "key exchange"],
    ["tls", "not-tls", "tls", "tls"],
    ["tls", "wrong-name", "tls", "certificate"],
    ["tls", "certificate-expired", "tls", "certificate"],
    ["tls", "alert-certificate-expired", "tls", "login"],
    ["tls", "closed-after-handshake", "login", "login"],
    ["netconf", "timeout-hello", "login", "hello"],
    ["framing", "bad-chunk-size", "framing", "framing"],
    ["netconf", "timeout-rpc", "framing", "framing"],
    ["xml", "doctype", "framing", "reply"],
    // Behind a jump host the same code is about the jump host.
    ["ssh", "host-key-rejected", "jump host", "jump host"],
  ])("puts %s/%s, met at %s and with another cause, to %s", (layer, code, current, expected) => {
    const error = new Error("outer", { cause: layered(layer, code) });
    expect(layerOf(error, current) ?? current).toBe(expected);
  });
});

describe("overhear()", () => {
  it("RFC 4253 §4.2: finds the identification behind other lines, however it is cut", async () => {
    const lines: string[] = [];
    const chunks = ["Welc", "ome\r\nSSH-2.", "0-x\r", "\nrest"];
    const { socket, remark } = overhear(socketOf(chunks), (line) => lines.push(line));
    for (const _ of chunks) await socket.read();
    expect(lines).toEqual(["SSH-2.0-x"]);
    expect(remark()).toBe('; the peer began with "Welcome"');
  });

  it("keeps no more than a line, and shows bytes that are no text", async () => {
    const { socket, remark } = overhear(socketOf(["\u0016\u0003\u0001", "x".repeat(100_000)]));
    expect(remark()).toBe("; the peer said nothing");
    await socket.read();
    await socket.read();
    expect(remark()).toBe(`; the peer began with "\\x16\\x03\\x01${"x".repeat(77)}…"`);
  });
});

describe("judgeCapabilities()", () => {
  const { base10, base11, candidate, confirmedCommit11, startup, writableRunning } = capabilityUris;

  it.each<[readonly string[], readonly RegExp[]]>([
    [[base11, writableRunning], []],
    [[base10, writableRunning], [/base:1\.1/]],
    [[base11], [/cannot be changed/]],
    [[base11, candidate], [/no :confirmed-commit/]],
    [[base11, writableRunning, confirmedCommit11], [/without :candidate/]],
    [[base11, candidate, confirmedCommit11, startup], [/copied to startup/]],
    [[base11, writableRunning, ...Array.from({ length: 500 }, (_, index) => `urn:m:${index}`)], [/in every hello/]],
  ])("says of %s: %s", (uris, expected) => {
    const { advice } = judgeCapabilities(new Capabilities(uris));
    expect(advice).toHaveLength(expected.length);
    for (const [index, words] of expected.entries()) expect(advice[index]).toMatch(words);
  });
});

describe("netconf doctor", () => {
  let folder = "";
  let device: TestDevice;
  let identity = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "netconf-doctor-"));
    const key = generateKey("ssh-ed25519", random);
    identity = join(folder, "id");
    writeFileSync(identity, formatPrivateKey(key), { mode: 0o600 });
    device = await startDevice(key);
  });
  afterAll(async () => {
    await device.stop();
    rmSync(folder, { recursive: true });
  });
  const ssh = (target: string, ...args: readonly string[]) =>
    run("doctor", target, "--no-ssh-config", "-i", identity, "--host-key", device.fingerprint, ...args);

  it("finds nothing wrong with a device that works", async () => {
    const { code, stdout, stderr } = await ssh(device.target);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^tcp +ok .* 127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^ssh version +ok .* SSH-2\.0-/m);
    expect(stdout).toMatch(/^key exchange +ok .* mlkem768x25519-sha256, \S+$/m);
    expect(stdout).toMatch(/^host key +ok .* ssh-ed25519 SHA256:/m);
    expect(stdout).toMatch(/^hello +ok .* NETCONF 1\.1, \d+ capabilities$/m);
    expect(stdout).toMatch(/^framing +ok .* chunked$/m);
    expect(stdout).toMatch(/^reply +ok .* \d+ bytes in answer to an empty filter$/m);
    expect(stdout).toMatch(/^capability +ok .*:candidate/m);
    expect(stdout).toMatch(/The session works: \d+ ms from start to answer/);
    expect(stdout).not.toContain("not reached");
  });

  it("shows what a name stands for, and writes JSON for machines", async () => {
    const { code, stdout } = await ssh(`ops@localhost:${device.port}`, "--format", "json");
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ works: true, slowFrom: 1000 });
    expect(result.steps[0]).toMatchObject({ layer: "name", detail: expect.stringContaining("127.0.0.1") });
    expect(result.steps).toHaveLength(11);
  });

  it("ends with the code of the error that it found, and says it in one line on standard error too", async () => {
    const nobody = await listenTcp();
    await nobody.close();
    const { code, stdout, stderr } = await ssh(`127.0.0.1:${nobody.port}`, "--format", "json", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      works: false,
      failsAt: "tcp",
      error: { layer: "transport", code: "connection-refused" },
    });
    expect(JSON.parse(stderr)).toMatchObject({ code: "connection-refused" });
    expect(await ssh("no.such.name.invalid")).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^name +failed/),
    });
  });

  it("ends with 2 without a target that can be dialled", async () => {
    expect(await run("doctor", "--call-home", "0")).toMatchObject({ code: 2 });
    expect(await run("doctor", device.target, "--pin", "x")).toMatchObject({ code: 2 });
  });
});

describe("netconf doctor --tls", () => {
  let folder = "";
  let ca: TestAuthority;
  let certificates: Record<"device" | "manager" | "stranger", IssuedCertificate>;
  let server: NetconfServer;
  let service: Service;
  let target = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "netconf-doctor-tls-"));
    ca = testAuthority();
    certificates = {
      device: ca.issue({ subject: "/CN=r7", altNames: "IP:127.0.0.1" }),
      manager: ca.issue({ subject: "/CN=ops", altNames: "email:ops@example.net" }),
      stranger: selfSigned(folder),
    };
    const { cert, key } = certificates.device;
    server = await createNetconfServer({ schema: [] });
    const listener = await listenTcp();
    target = `127.0.0.1:${listener.port}`;
    const tls = tlsServer({ cert, key, clientCa: ca.cert, certToName: [{ id: 1, mapType: "san-any" }] });
    service = serve({ listener, server, tls });
  });
  afterAll(async () => {
    await service.close();
    await server.close();
    ca.remove();
    rmSync(folder, { recursive: true });
  });
  const tls = (who: "manager" | "stranger", ...args: readonly string[]) => {
    const { certFile, keyFile } = certificates[who];
    return run("doctor", target, "--no-ssh-config", "--tls", "--cert", certFile, "--key", keyFile, ...args);
  };

  it("RFC 7589: names the layers of TLS, and takes the hello as the answer to our certificate", async () => {
    const { code, stdout } = await tls("manager", "--ca", ca.certFile);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tls +ok .* TLSv1\.3, /m);
    expect(stdout).toMatch(/^certificate +ok .*SHA256:/m);
    expect(stdout).toMatch(/^login +ok .* shown by hello$/m);
  });

  it("tells a device's certificate that is not the right one from ours that is refused", async () => {
    expect(await tls("manager", "--ca", ca.certFile, "--server-name", "r8")).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^certificate +failed/m),
    });
    const pin = `SHA256:${new X509Certificate(certificates.device.cert).fingerprint256}`;
    const refused = await tls("stranger", "--pin", pin);
    expect(refused).toMatchObject({ code: 4, stdout: expect.stringMatching(/^login +failed/m) });
    expect(refused.stdout).toMatch(/^certificate +ok/m);
  });

  it("says what listens there instead", async () => {
    const listener = await listenTcp();
    void (async () => {
      for await (const socket of listener) void socket.write(new TextEncoder().encode("SSH-2.0-x\r\n"));
    })();
    const { certFile, keyFile } = certificates.manager;
    const args = ["--tls", "--cert", certFile, "--key", keyFile, "--ca", ca.certFile];
    const { code, stdout } = await run("doctor", `127.0.0.1:${listener.port}`, ...args);
    await listener.close();
    expect(code).toBe(5);
    expect(stdout).toMatch(/^tls +failed .*; the peer began with "SSH-2\.0-x"\n +→ .*6513/m);
  });
});

function socketOf(chunks: readonly string[]): Parameters<typeof overhear>[0] {
  const waiting = [...chunks];
  const nothing = async (): Promise<void> => {};
  return {
    read: async () => {
      const next = waiting.shift();
      return next === undefined ? undefined : new TextEncoder().encode(next);
    },
    write: nothing,
    closeWrite: nothing,
    close: nothing,
    closed: Promise.resolve(),
    [Symbol.asyncDispose]: nothing,
  };
}

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dialUrl, readDevice, relayErrorOf, relayProtocols, waitUrl } from "@netconf-kit/relay/page";
import { webSocket } from "@netconf-kit/web-adapter";
import {
  type Connection,
  connect,
  type DuplexSocket,
  expectOk,
  formatPublicKey,
  generateKey,
  getConfig,
  serializeXml,
  trustFingerprints,
} from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { configuration, random } from "../interop/our-ends.ts";
import { netconf, type Running, startNetconf } from "./run-netconf.ts";

const userKey = generateKey("ssh-ed25519", random);
let folder = "";
let device: { readonly port: number; readonly fingerprint: string };
let serving: Running;
const running: Running[] = [];
const sockets: WebSocket[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-relay-"));
  writeFileSync(join(folder, "keys"), `${formatPublicKey({ ...userKey, comment: "" })}\n`);
  writeFileSync(join(folder, "data.xml"), configuration(2));
  serving = startNetconf(["serve", "--address", "127.0.0.1", "--port", "0", ...deviceOptions()]);
  const [, fingerprint = ""] = await serving.until(/(SHA256:\S+)/);
  const [, port = ""] = await serving.until(/listening at 127\.0\.0\.1:(\d+)/);
  device = { port: Number(port), fingerprint };
});
afterEach(async () => {
  for (const ws of sockets.splice(0)) ws.terminate();
  for (const each of running.splice(0)) await each.interrupt();
});
afterAll(async () => {
  await serving.interrupt();
  rmSync(folder, { recursive: true });
});

function deviceOptions(): readonly string[] {
  return [
    "--authorized-keys",
    join(folder, "keys"),
    "--data",
    join(folder, "data.xml"),
    "--state",
    join(folder, "state"),
  ];
}

interface RunningRelay extends Running {
  readonly url: string;
  readonly token: string;
}

async function relay(...args: readonly string[]): Promise<RunningRelay> {
  const each = startNetconf(["relay", "--listen", "0", ...args]);
  running.push(each);
  const [, url = ""] = await each.until(/listening at (ws:\S+)\n/);
  const [, token = ""] = await each.until(/^token (\S+)$/m);
  return { ...each, url, token };
}

function open(url: string, token: string): WebSocket {
  const ws = new WebSocket(url, relayProtocols(token));
  ws.on("error", () => {});
  sockets.push(ws);
  return ws;
}

function closeCode(ws: WebSocket): Promise<string | undefined> {
  return new Promise((resolve) => ws.on("close", (code, reason) => resolve(relayErrorOf(code, String(reason))?.code)));
}

function socketOf(ws: WebSocket): DuplexSocket {
  return webSocket(ws as unknown as Parameters<typeof webSocket>[0]); // ws has what a browser's WebSocket has
}

function login(socket: DuplexSocket, fingerprint = device.fingerprint): Promise<Connection> {
  return connect({
    dial: async () => socket,
    username: "page",
    verifyHostKey: trustFingerprints([fingerprint]),
    authentication: [{ method: "publickey", key: userKey }],
  });
}

async function interfacesOf({ session }: Connection): Promise<string> {
  return serializeXml(expectOk(await session.rpc(getConfig("running"))));
}

describe("netconf relay", () => {
  it("carries a NETCONF session from a WebSocket to a listed device, and reports it without secrets", async () => {
    const target = `127.0.0.1:${device.port}`;
    const joining = await relay("--allow", target, "--json");
    const connection = await login(socketOf(open(dialUrl(joining.url, target), joining.token)));
    expect(await interfacesOf(connection)).toContain("<name>eth1</name>");
    await connection.close();
    await joining.until(/"kind":"closed"/);
    const { stdout } = await joining.interrupt();
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ kind }) => kind)).toEqual(["joined", "closed"]);
    expect(events[1]).toMatchObject({ way: "dial", device: target });
    expect(events[1].bytesToClient).toBeGreaterThan(1000);
    expect(stdout).not.toContain(joining.token);
  });

  it("hands a device that calls home to the page that waits", async () => {
    const joining = await relay("--call-home", "127.0.0.1:0");
    const [, manager = ""] = await joining.until(/listening at (\S+) for devices/);
    const ws = open(waitUrl(joining.url), joining.token);
    const called = new Promise<{ socket: DuplexSocket; address: string | undefined }>((resolve) =>
      ws.once("message", (text) => resolve({ socket: socketOf(ws), address: readDevice(String(text))?.address })),
    );
    const caller = startNetconf(["call-home", manager, ...deviceOptions()]);
    running.push(caller);
    const { socket, address } = await called;
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const connection = await login(socket);
    expect(await interfacesOf(connection)).toContain("<name>eth0</name>");
    await connection.close();
    await joining.until(/has got device 127\.0\.0\.1:\d+, which has called/);
  });

  it("refuses a target outside the list and a wrong token, and a session that stands goes on", async () => {
    const target = `127.0.0.1:${device.port}`;
    const joining = await relay("--allow", target);
    const connection = await login(socketOf(open(dialUrl(joining.url, target), joining.token)));
    expect(await closeCode(open(dialUrl(joining.url, "127.0.0.1:1"), joining.token))).toBe("target-refused");
    expect(await closeCode(open(dialUrl(joining.url, target), "not-the-right-token"))).toBe("token-refused");
    // One target has 16 places, and one of them is taken.
    const codes: (string | undefined)[] = [];
    await new Promise<void>((resolve) => {
      for (let count = 0; count < 100; count++) {
        void closeCode(open(dialUrl(joining.url, target), joining.token)).then((code) => {
          codes.push(code);
          if (codes.length === 85) resolve();
        });
      }
    });
    expect(codes).toContain("too-many-to-target");
    // More refusals at a time than are explained are cut short.
    expect(codes.every((code) => code === "too-many-to-target" || code === "connection-lost")).toBe(true);
    expect(await interfacesOf(connection)).toContain("<name>eth1</name>");
    await connection.close();
    const { stdout, stderr } = await joining.interrupt();
    expect(stdout).toMatch(/refused \(target-refused\): 127\.0\.0\.1:1 is not on the list/);
    expect(stdout).toMatch(/refused \(token-refused\)/);
    // A flood is one line at once, and one with the number of the others.
    const [, others = ""] = /\(too-many-to-target\): .*; (\d+) like this since the last line/.exec(stdout) ?? [];
    expect(stdout.match(/\(too-many-to-target\)/g)).toHaveLength(2);
    expect(Number(others)).toBeGreaterThanOrEqual(84);
    expect(`${stdout}${stderr}`).not.toContain("not-the-right-token");
  });

  it("keeps its memory when a page stops reading what a device sends", async () => {
    let sent = 0;
    const source = createServer((socket) => {
      socket.on("error", () => {});
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (sent < MORE_THAN_SYSTEMS_HOLD && !socket.destroyed) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
      };
      more();
    });
    await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
    const address = source.address();
    const target = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    const joining = await relay("--allow", target);
    const before = residentBytes(joining.child.pid);
    const pages = Array.from({ length: 8 }, () => open(dialUrl(joining.url, target), joining.token));
    for (const ws of pages) ws.once("message", () => ws.pause());
    for (let last = -1; last !== sent || sent === 0; ) {
      last = sent;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    // It stands still because of buffers that are full, and those are the system's.
    expect(sent).toBeLessThan(MORE_THAN_SYSTEMS_HOLD);
    expect(residentBytes(joining.child.pid) - before).toBeLessThan(128 * 1024 * 1024);
    for (const ws of pages) ws.terminate();
    source.close();
  });

  it("makes the file for its token, for its owner alone, and uses it again", async () => {
    const file = join(folder, "token");
    const target = `127.0.0.1:${device.port}`;
    for (const round of [1, 2]) {
      const each = startNetconf(["relay", "--listen", "0", "--allow", target, "--token-file", file]);
      running.push(each);
      const [, url = ""] = await each.until(/listening at (ws:\S+)\n/);
      const token = readFileSync(file, "utf8").trim();
      const connection = await login(socketOf(open(dialUrl(url, target), token)));
      await connection.close();
      const { stdout, stderr } = await each.interrupt();
      expect(`${round} ${stdout}${stderr}`).not.toContain(token);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["leads nowhere", [], /nothing says what the relay leads to/],
    ["has no target", ["--allow", "192.0.2.1"], /is not a target/],
    ["has no origin", ["--allow", "192.0.2.1:830", "--origin", "example"], /is not an origin/],
    ["has a certificate without its key", ["--allow", "192.0.2.1:830", "--cert", "/dev/null"], /belong together/],
    ["has no token in its file", ["--allow", "192.0.2.1:830", "--token-file", "/dev/null"], /there is no token/],
  ])("ends with 2 when it %s", async (_what, args, words) => {
    const { code, stderr } = await netconf(["relay", "--listen", "0", ...args]);
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });
});

describe("netconf console", () => {
  it("serves page and relay at one address, whose token works", async () => {
    const page = join(folder, "page");
    mkdirSync(page);
    writeFileSync(join(page, "index.html"), "<!doctype html><title>console</title>");
    const target = `127.0.0.1:${device.port}`;
    const each = startNetconf(["console", "--listen", "0", "--allow", target, "--page", page]);
    running.push(each);
    const [, base = "", token = ""] = await each.until(/^(http:\S+)\/#token=(\S+)$/m);
    const response = await fetch(base);
    expect(await response.text()).toContain("<title>console</title>");
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'self'; connect-src 'self' ws:/);
    const ws = new WebSocket(dialUrl(base.replace("http", "ws"), target), relayProtocols(token), { origin: base });
    sockets.push(ws);
    const connection = await login(socketOf(ws));
    expect(await interfacesOf(connection)).toContain("eth0");
    await connection.close();
    expect(await closeCode(open(dialUrl(base.replace("http", "ws"), "127.0.0.1:1"), token))).toBe("target-refused");
  });

  it("carries the console itself", async () => {
    const each = startNetconf(["console", "--listen", "0", "--call-home", "127.0.0.1:0"]);
    running.push(each);
    const [, base = ""] = await each.until(/^(http:\S+)\/#token=\S+$/m);
    const page = await (await fetch(base)).text();
    const [, script = ""] = /<script type="module"[^>]* src="\.(\/[^"]+)"/.exec(page) ?? [];
    const response = await fetch(base + script);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  });

  it("ends with 2 without a page", async () => {
    const { code, stderr } = await netconf(["console", "--allow", "192.0.2.1:830", "--page", join(folder, "nowhere")]);
    expect(stderr).toMatch(/cannot read the page/);
    expect(code).toBe(2);
  });
});

/** For the eight connections of a test together. */
const MORE_THAN_SYSTEMS_HOLD = 512 * 1024 * 1024;

function residentBytes(pid: number | undefined): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTcp } from "@netconf-kit/node-adapter";
import { fingerprintSha256, formatKnownHostsLine, formatPrivateKey, formatPublicKey, generateKey } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { configuration, random } from "../interop/our-ends.ts";
import { badPeers, fingerprint, login } from "./bad-peers.ts";
import { netconf, type Running, startNetconf } from "./run-netconf.ts";

const commands = [
  "hello",
  "get",
  "get-config",
  "edit-config",
  "apply",
  "lock",
  "copy-config",
  "delete-config",
  "validate",
  "unlock",
  "commit",
  "cancel-commit",
  "discard-changes",
  "kill-session",
  "get-schema",
  "rpc",
  "subscribe",
  "shell",
  "doctor",
  "listen",
  "serve",
  "call-home",
  "call-home-proxy",
  "relay",
  "console",
  "demo",
];
const secret = "a-very-secret-word";

let folder = "";
let identity = "";
let authorizedKeys = "";
let data = "";
const running: Running[] = [];
const stops: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "netconf-cli-"));
  const key = generateKey("ssh-ed25519", random);
  identity = file("id_ed25519", formatPrivateKey(key));
  authorizedKeys = file(
    "authorized_keys",
    `${formatPublicKey({ type: key.type, publicBlob: key.publicBlob, comment: "test" })}\n`,
  );
  data = file("data.xml", configuration(2));
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.interrupt();
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("netconf --help", () => {
  it("lists every command and the exit codes", async () => {
    const { code, stdout } = await netconf(["--help"]);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
    expect(stdout).toContain("4 host key, certificate or login refused");
  });

  it.each(commands)("%s --help has an example", async (command) => {
    const { code, stdout } = await netconf([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}.*netconf/);
  });

  it("says the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../packages/cli/package.json", import.meta.url), "utf8"));
    expect((await netconf(["--version"])).stdout.trim()).toBe(version);
  });
});

describe("netconf ends with 2", () => {
  it.each([
    ["without a command", []],
    ["for a command it does not have", ["frobnicate"]],
    ["for an option it does not have", ["hello", "--frobnicate"]],
    ["without a target", ["hello"]],
    ["for a target that is none", ["hello", "a@b@c", "--password-env", "SECRET"]],
    ["for a port that is none", ["serve", "--port", "99999", "--authorized-keys", "/dev/null"]],
    ["when a password variable is not set", ["hello", "host.example", "--password-env", "NOT_SET_ANYWHERE"]],
    ["for a key file that is not there", ["hello", "host.example", "-i", "/nowhere/id"]],
    ["for a filter that is no XML", ["get", "host.example", "--password-env", "SECRET", "--filter-subtree", "<a>"]],
    ["when --jump is to lead to a device that calls", ["hello", "--call-home", "0", "--jump", "host.example"]],
    ["when a configuration file is not there", ["hello", "host.example", "-F", "/nowhere/config"]],
    ["when apply has nobody to ask", ["apply", "host.example", "/dev/null"]],
    ["when both a target and --call-home are given", ["hello", "host.example", "--call-home", "0"]],
    ["when nobody could log in to the device", ["serve", "--port", "0"]],
    ["when nothing says which devices may call", ["listen", "--port", "0", "--password-env", "SECRET"]],
    [
      "when --accept-new is to trust whoever calls",
      ["hello", "--call-home", "0", "--accept-new", "--password-env", "SECRET"],
    ],
  ])("%s", async (_name, args) => {
    const { code, stdout, stderr } = await netconf(args, { env: { SECRET: secret } });
    expect(stderr).not.toBe("");
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(stderr).not.toContain(secret);
  });
});

describe("netconf serve and a client on the command line", () => {
  it("reads, edits, is refused, and is notified", async () => {
    const device = await serveDevice();
    const hello = await netconf(["hello", ...device]);
    expect(hello.stdout).toContain("urn:ietf:params:netconf:capability:candidate:1.0");
    expect(hello.stdout).toMatch(/kex: mlkem768x25519-sha256/);

    const subscriber = start(["subscribe", ...device, "--count", "2"]);
    await subscriber.until(/subscribed/);
    const change = file(
      "change.xml",
      `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces"><interface><name>eth1</name><description>edited</description></interface></interfaces>`,
    );
    expect(await netconf(["edit-config", ...device, change])).toMatchObject({ code: 0, stdout: "" });
    const { code, stdout } = await subscriber.finished;
    expect(code).toBe(0);
    expect(stdout).toContain("netconf-config-change");

    const tree = await netconf(["get-config", ...device, "--format", "tree"]);
    expect(tree).toMatchObject({ code: 0, stderr: "" });
    expect(tree.stdout).toContain("description: edited");
    const json = await netconf([
      "get",
      ...device,
      "--format",
      "json",
      "--filter-subtree",
      `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces"><interface><name>eth1</name></interface></interfaces>`,
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      data: { interfaces: { interface: { name: "eth1", description: "edited" } } },
    });

    const rpc = await netconf(["rpc", ...device], {
      input: `<discard-changes xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>`,
    });
    expect(rpc).toMatchObject({ code: 0 });
    const refused = await netconf(["rpc", ...device, "--json"], { input: `<no-such-thing xmlns="urn:example"/>` });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr)).toMatchObject({
      exitCode: 1,
      code: "rpc-error",
      errors: [{ tag: "operation-not-supported" }],
    });
  });

  it("keeps its host key and its configuration with --state", async () => {
    const state = join(folder, "state");
    const first = await serveDevice(["--state", state]);
    const change = file(
      "kept.xml",
      `<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>kept</hostname></system>`,
    );
    expect((await netconf(["edit-config", ...first, change])).code).toBe(0);
    await running.pop()?.interrupt();
    const second = await serveDevice(["--state", state]);
    expect(second.slice(1)).toEqual(first.slice(1));
    expect((await netconf(["get-config", ...second, "--format", "tree"])).stdout).toContain("hostname: kept");
  });

  it("remembers a new device with --accept-new, and refuses it when its key changes", async () => {
    const knownHosts = join(folder, "known_hosts");
    const [target = ""] = await serveDevice();
    const who = ["-i", identity, "--known-hosts", knownHosts];
    expect((await netconf(["hello", target, ...who])).code).toBe(4);
    expect((await netconf(["hello", target, ...who, "--accept-new"])).code).toBe(0);
    expect((await netconf(["hello", target, ...who])).code).toBe(0);
    const before = readFileSync(knownHosts, "utf8");
    const port = target.split(":")[1] ?? "";
    await running.pop()?.interrupt();
    await serveDevice(["--port", port]);
    const changed = await netconf(["hello", target, ...who, "--accept-new"]);
    expect(changed).toMatchObject({ code: 4 });
    expect(readFileSync(knownHosts, "utf8")).toBe(before);
  });
});

describe("netconf listen and netconf call-home", () => {
  it("the manager reports a known device, and refuses and reports an unknown one", async () => {
    const hostKey = generateKey("ssh-ed25519", random);
    const known = file("host_key", formatPrivateKey(hostKey));
    const manager = start([
      "listen",
      "--address",
      "127.0.0.1",
      "--port",
      "0",
      "--host-key",
      fingerprintSha256(hostKey.publicBlob),
      "-u",
      "ops",
      "-i",
      identity,
    ]);
    const port = (await manager.until(/listening at 127\.0\.0\.1:(\d+)/))[1] ?? "";
    start(["call-home", `127.0.0.1:${port}`, "--host-key", known, "--authorized-keys", authorizedKeys]);
    await manager.until(/ready: SHA256:\S+, session 1, NETCONF 1\.1/);
    const stranger = start(["call-home", `127.0.0.1:${port}`, "--authorized-keys", authorizedKeys]);
    const own = (await stranger.until(/host key (SHA256:\S+)/))[1] ?? "";
    await manager.until(/rejected \(unknown-identity\)/);
    expect(manager.stdout()).toContain(own);
  });

  it("one command waits for the device, uses it, and stops listening", async () => {
    const hostKey = generateKey("ssh-ed25519", random);
    const known = file("host_key2", formatPrivateKey(hostKey));
    const port = await freePort();
    const devices = file("devices", `${formatKnownHostsLine("router", 22, hostKey.publicBlob)}\n`);
    const trace = join(folder, "trace.xml");
    const who = ["--known-hosts", devices, "-u", "ops", "-i", identity, "--trace", trace];
    const client = start(["get-config", "--call-home", `127.0.0.1:${port}`, ...who, "--format", "tree"]);
    start([
      "call-home",
      `127.0.0.1:${port}`,
      "--host-key",
      known,
      "--authorized-keys",
      authorizedKeys,
      "--data",
      data,
      "--retry-interval",
      "0.2",
    ]);
    const { code, stdout } = await client.finished;
    expect(code).toBe(0);
    expect(stdout).toContain("name: eth1");
    expect(readFileSync(trace, "utf8")).toMatch(
      /sent[\s\S]*<get-config[\s\S]*received[\s\S]*<name>eth1<\/name>[\s\S]*<close-session/,
    );
  });
});

describe("netconf shows what went wrong in one line and ends with its code", () => {
  it("nothing listens: 3", async () => {
    const { code, stderr } = await netconf(
      ["hello", `127.0.0.1:${await freePort()}`, "--password-env", "SECRET", "--accept-new"],
      { env: { SECRET: secret } },
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/^netconf: transport: cannot connect to .* — .+\n$/);
  });

  for (const { name, serve, expected, exitCode, trusted, password } of badPeers) {
    it(`${name}: ${exitCode}`, async () => {
      const listener = await listenTcp();
      stops.push(() => listener.close());
      void (async () => {
        for await (const socket of listener) serve(socket).catch(() => {});
      })();
      const env = { SECRET: password ?? login.password };
      const args = [
        "get-config",
        `${login.username}@127.0.0.1:${listener.port}`,
        "--password-env",
        "SECRET",
        "--host-key",
        trusted ?? fingerprint,
        "--timeout",
        "1",
      ];
      const [person, machine] = await Promise.all([netconf(args, { env }), netconf([...args, "--json"], { env })]);
      expect(person.stderr).toMatch(/^netconf: .+\n$/);
      expect(person.stderr).toContain(expected.layer);
      expect(person.code).toBe(exitCode);
      expect(person.stdout).toBe("");
      expect(JSON.parse(machine.stderr)).toMatchObject({ exitCode, ...expected });
      expect(person.stderr).not.toContain(env.SECRET === "wrong" ? '"wrong"' : '"right"');
    });
  }
});

/** A device on the command line; gives the target and the options a client needs. */
async function serveDevice(options: readonly string[] = []): Promise<readonly string[]> {
  const port = options.includes("--port") ? [] : ["--port", "0"];
  const device = start([
    "serve",
    "--address",
    "127.0.0.1",
    ...port,
    "--authorized-keys",
    authorizedKeys,
    "--data",
    data,
    ...options,
  ]);
  const key = (await device.until(/host key (SHA256:\S+)/))[1] ?? "";
  const at = (await device.until(/listening at (\S+)/))[1] ?? "";
  return [at, "-i", identity, "--host-key", key];
}

function start(args: readonly string[]): Running {
  const each = startNetconf(args);
  running.push(each);
  return each;
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

async function freePort(): Promise<number> {
  const listener = await listenTcp();
  await listener.close();
  return listener.port;
}

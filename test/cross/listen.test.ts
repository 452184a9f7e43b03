import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatPrivateKey, generateKey } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { netconf, type Running, startNetconf } from "./run-netconf.ts";

let folder = "";
let config = "";
const running: Running[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "netconf-listen-"));
  config = join(folder, "listen.json");
  const key = generateKey("ssh-ed25519", (length) => new Uint8Array(randomBytes(length)));
  writeFileSync(join(folder, "id"), formatPrivateKey(key), { mode: 0o600 });
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.interrupt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(...devices: readonly string[]): void {
  const file = {
    listeners: [{ transport: "ssh", address: "127.0.0.1", port: 0 }],
    users: [{ name: "ops", credentials: { username: "ops", keyFiles: ["id"] } }],
    devices: devices.map((name) => ({ name, addresses: [`192.0.2.${name.length}`] })),
  };
  writeFileSync(config, JSON.stringify(file));
}

function listen(...args: readonly string[]): Running {
  const each = startNetconf(["listen", "--config", config, ...args]);
  running.push(each);
  return each;
}

describe("netconf listen --config", () => {
  it("loads the file anew when it changes and on SIGHUP, and keeps what it has when that is no good", async () => {
    write("r1");
    const manager = listen();
    await manager.until(/listening at 127\.0\.0\.1:\d+ for ssh/);
    write("r1", "r22");
    await manager.until(/configuration loaded\ndevices added: r22\n/);
    writeFileSync(config, "{");
    await manager.until(/the configuration stays as it was: \S+listen\.json:1:\d+: /);
    write("r1", "r22", "r333");
    await manager.until(/configuration loaded\ndevices added: r333\n/);
    const before = manager.stderr().length;
    manager.child.kill("SIGHUP");
    await manager.until(new RegExp(`^[^]{${before}}[^]*configuration loaded`));
    expect(await manager.interrupt()).toMatchObject({ code: 0 });
  });

  it("has a state folder for itself, and answers who asks about it", async () => {
    write("r1");
    const state = join(folder, "state");
    const manager = listen("--state", state);
    await manager.until(/listening at/);
    expect(await netconf(["listen", "--config", config, "--state", state])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^netconf: usage: .* runs already — .*\n$/),
    });
    const status = await netconf(["listen", "--state", state, "--status", "--json"]);
    expect(status).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(status.stdout)).toMatchObject({ listeners: [{ transport: "ssh" }], connected: [], pending: [] });
    expect(await netconf(["listen", "--state", state, "--approve", "SHA256:nobody"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("it is not pending"),
    });
    await manager.interrupt();
    expect(await netconf(["listen", "--state", state, "--status"])).toMatchObject({ code: 3 });
    expect(JSON.parse(readFileSync(join(state, "listen.json"), "utf8"))).toMatchObject({ version: 1 });
  });
});

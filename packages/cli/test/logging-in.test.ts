import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKnownHostsLine, formatPrivateKey, formatPublicKey, generateKey } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { random, startDevice, type TestDevice } from "./device.ts";
import { run } from "./run.ts";

/** The person at the terminal: what she answers, and what she was asked. `undefined`: there is no terminal. */
const person = vi.hoisted(() => ({ answers: undefined as string[] | undefined, asked: [] as string[] }));
vi.mock("../src/ask.ts", () => ({
  canAsk: () => person.answers !== undefined,
  ask: async (prompt: string) => {
    person.asked.push(prompt);
    return person.answers?.shift() ?? "";
  },
}));

const key = generateKey("ssh-ed25519", random);
const stranger = generateKey("ssh-ed25519", random);
const passphrase = "correct horse";
let folder = "";
let device: TestDevice;
let knownHosts = "";
let plain = "";
let encrypted = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-login-"));
  device = await startDevice(key);
  knownHosts = file("known_hosts", `${formatKnownHostsLine("127.0.0.1", device.port, device.hostKey.publicBlob)}\n`);
  plain = file("plain", formatPrivateKey(key));
  // Few rounds: what is tested here is not how long an attacker would need.
  encrypted = file("encrypted", formatPrivateKey(key, { passphrase, rounds: 1, random }));
});
afterEach(() => {
  person.answers = undefined;
  person.asked.length = 0;
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await device.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const hello = (...args: readonly string[]) => {
  vi.stubEnv("SSH_AUTH_SOCK", "");
  return run("hello", ...args);
};
const there = () => [device.target, "--known-hosts", knownHosts, "--no-ssh-config"];
const publicLine = (of: typeof key): string =>
  `${formatPublicKey({ type: of.type, publicBlob: of.publicBlob, comment: "" })}\n`;

describe("an encrypted identity", () => {
  it("asks for its passphrase, up to three times", async () => {
    person.answers = ["wrong", "wrong again", passphrase];
    const { code, stderr } = await hello(...there(), "-i", encrypted);
    expect(code).toBe(0);
    expect(person.asked).toEqual(Array(3).fill(`Passphrase of ${encrypted}: `));
    expect(stderr).toBe(`this is not the passphrase of ${encrypted}\n`.repeat(2));
  });

  it("is given up after three wrong ones, and at none", async () => {
    person.answers = ["a", "b", "c", passphrase];
    expect(await hello(...there(), "-i", encrypted)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("was not unlocked"),
    });
    person.answers = ["", passphrase];
    expect(await hello(...there(), "-i", encrypted)).toMatchObject({ code: 2 });
    expect(person.asked).toHaveLength(4);
  });

  it("ends with 2 and says what to do where there is no terminal", async () => {
    const { code, stderr } = await hello(...there(), "-i", encrypted);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is encrypted, and there is no terminal .* — .*--agent\n$/);
  });

  it("with its public half beside it asks only once the device wants the key", async () => {
    const lazy = file("lazy", readFileSync(encrypted, "utf8"));
    file("lazy.pub", publicLine(key));
    const unwanted = file("unwanted", formatPrivateKey(stranger, { passphrase, rounds: 1, random }));
    file("unwanted.pub", publicLine(stranger));
    person.answers = [passphrase];
    expect(await hello(...there(), "-i", unwanted, "-i", lazy)).toMatchObject({ code: 0 });
    expect(person.asked).toEqual([`Passphrase of ${lazy}: `]);
  });
});

describe("ssh_config", () => {
  it("names address, port, user, key and known hosts; the command line wins", async () => {
    const config = file(
      "config",
      `Host r7\n HostName 127.0.0.1\n Port ${device.port}\n User ops\n IdentityFile ${plain}\n UserKnownHostsFile ${knownHosts}\n`,
    );
    const { code, stdout } = await hello("r7", "-F", config);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("user: ops") });
    expect((await hello("ada@r7", "-F", config)).stdout).toContain("user: ada");
    expect((await hello("r7", "-u", "eve", "-F", config)).stdout).toContain("user: eve");
    expect(await hello("r7:1", "-F", config)).toMatchObject({ code: 3 });
    expect(await hello("r7", "-F", config, "--host-key", "SHA256:other")).toMatchObject({ code: 4 });
  });

  it("chooses algorithms, and knows a host by its alias", async () => {
    const aliases = file("aliases", `${formatKnownHostsLine("the-router", 22, device.hostKey.publicBlob)}\n`);
    const config = file(
      "algorithms",
      `HostKeyAlias the-router\nUserKnownHostsFile ${aliases}\nKexAlgorithms curve25519-sha256\nCiphers aes256-ctr\nMACs hmac-sha2-512\n`,
    );
    const { code, stdout } = await hello(device.target, "-F", config, "-i", plain);
    expect(code).toBe(0);
    expect(stdout).toContain("kex: curve25519-sha256\n");
    expect(stdout).toContain("cipher: aes256-ctr\n");
    expect(stdout).toContain("mac: hmac-sha2-512\n");
  });

  it("that cannot be read, or wants a program run, ends with 2", async () => {
    const args = [device.target, "-i", plain, "--known-hosts", knownHosts];
    expect(await hello(...args, "-F", join(folder, "nothing"))).toMatchObject({ code: 2 });
    const wrong = await hello(...args, "-F", file("wrong", "Port x\n"));
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("wrong, line 1") });
    const command = file("command", "ProxyCommand nc %h %p\n");
    expect(await hello(...args, "-F", command)).toMatchObject({ code: 2, stderr: expect.stringContaining("--jump") });
    expect(await hello(...args, "-F", command, "--jump", "none")).toMatchObject({ code: 0 });
  });
});

describe("known_hosts", () => {
  it("gets a new key with --accept-new, whole, and a link stays a link", async () => {
    const real = file("real_known_hosts", "# mine, without a line end");
    const link = join(folder, "linked_known_hosts");
    symlinkSync(real, link);
    const args = [device.target, "-i", plain, "--known-hosts", link, "--no-ssh-config"];
    expect(await hello(...args)).toMatchObject({ code: 4 });
    expect(await hello(...args, "--accept-new")).toMatchObject({ code: 0, stderr: expect.stringContaining("is new") });
    expect(await hello(...args)).toMatchObject({ code: 0, stderr: "" });
    const line = formatKnownHostsLine("127.0.0.1", device.port, device.hostKey.publicBlob);
    expect(readFileSync(real, "utf8")).toBe(`# mine, without a line end\n${line}\n`);
    expect(statSync(real).mode & 0o777).toBe(0o600);
    expect(statSync(link).ino).toBe(statSync(real).ino);
  });

  it("never gets a key in place of another, whatever StrictHostKeyChecking says", async () => {
    const text = `${formatKnownHostsLine("127.0.0.1", device.port, stranger.publicBlob)}\n`;
    const other = file("other_known_hosts", text);
    const config = file("lax", `StrictHostKeyChecking no\nUserKnownHostsFile ${other}\n`);
    expect(await hello(device.target, "-i", plain, "-F", config)).toMatchObject({ code: 4 });
    expect(await hello(device.target, "-i", plain, "-F", config, "--accept-new")).toMatchObject({ code: 4 });
    expect(readFileSync(other, "utf8")).toBe(text);
  });
});

describe("--agent", () => {
  it("without an agent ends with 3", async () => {
    expect(await hello(...there(), "--agent")).toMatchObject({ code: 3, stderr: expect.stringContaining("SSH agent") });
  });
});

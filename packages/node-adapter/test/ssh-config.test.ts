import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compatible } from "@netconf-kit/ssh";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSshConfig, type SshConfigSettings, type SshConfigTarget, sshConfigConnection } from "../src/mod.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "netconf-kit-ssh-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(name: string, ...lines: readonly string[]): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
  return path;
}

async function settings(lines: readonly string[], target: Partial<SshConfigTarget> = {}): Promise<SshConfigSettings> {
  const file = write("config", ...lines);
  const config = await readSshConfig({ file, home, localUser: "me", env: { KEYS: "/keys" } });
  return config.settingsFor({ host: "router", ...target });
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: { code?: unknown }) => error.code,
  );

describe("readSshConfig()", () => {
  it("gives the first value of each option, and defaults where no file sets one", async () => {
    expect(await settings([])).toEqual({
      ...{ originalHost: "router", host: "router", port: 22, user: "me", ignored: [] },
      ...{ identityFiles: undefined, certificateFiles: [], identitiesOnly: false, identityAgent: undefined },
      ...{ proxyJump: [], proxyCommand: undefined, userKnownHostsFiles: undefined, globalKnownHostsFiles: undefined },
      ...{ strictHostKeyChecking: "ask", hostKeyAlias: undefined, connectTimeout: undefined },
      ...{ serverAliveInterval: undefined, serverAliveCountMax: 3 },
      ...{ hostKeyAlgorithms: undefined, kexAlgorithms: undefined, ciphers: undefined, macs: undefined },
    });
    const found = await settings(["Host router", " User ops", " Port 2022", "Host *", " User nobody", " Port 22"]);
    expect(found).toMatchObject({ user: "ops", port: 2022 });
  });

  it("lets what the caller names win, and uses the caller's default port", async () => {
    expect(await settings(["User ops", "Port 22"], { user: "root", port: 830 })).toMatchObject({
      user: "root",
      port: 830,
    });
    expect((await settings([], { defaultPort: 830 })).port).toBe(830);
  });

  it("replaces tokens, variables and ~ in names of files", async () => {
    const found = await settings([
      "HostName %h.example",
      "Port 2022",
      "User ops",
      "IdentityFile ~/.ssh/%r@%h:%p",
      "IdentityFile $" + "{KEYS}/%n-%u-100%%",
      "CertificateFile %d/cert-%k",
      "UserKnownHostsFile ~/known /other",
      "GlobalKnownHostsFile none",
      "IdentityAgent $KEYS",
      "ProxyJump %r@jump-%n:22,last",
    ]);
    expect(found.host).toBe("router.example");
    expect(found.identityFiles).toEqual([join(home, ".ssh/ops@router.example:2022"), "/keys/router-me-100%"]);
    expect(found.certificateFiles).toEqual([join(home, "cert-router")]);
    expect(found.userKnownHostsFiles).toEqual([join(home, "known"), "/other"]);
    expect(found.globalKnownHostsFiles).toEqual([]);
    expect(found.identityAgent).toBe("/keys");
    expect(found.proxyJump).toEqual([
      { user: "ops", host: "jump-router", port: 22 },
      { user: undefined, host: "last", port: undefined },
    ]);
  });

  it("refuses tokens, variables and home folders that it does not know", async () => {
    for (const line of [
      "IdentityFile %Z",
      "IdentityFile %",
      "IdentityFile $" + "{NOT_SET}",
      "IdentityFile ~other/key",
      "HostName %p",
    ])
      expect([line, await codeOf(settings([line]))]).toEqual([line, "cannot-expand"]);
  });

  it("tells nothing that is a secret of the environment when a variable is missing", async () => {
    await expect(settings(["IdentityFile $" + "{NOT_SET}"])).rejects.toThrow(/"NOT_SET" is not set/);
  });

  it("reports options without effect, those of other hosts left out", async () => {
    const { ignored } = await settings([
      "Compression yes",
      "Host other",
      " ForwardX11 yes",
      "Host router",
      " FooBar 1",
    ]);
    expect(ignored.map(({ option, line }) => [option, line])).toEqual([
      ["compression", 1],
      ["foobar", 5],
    ]);
  });

  it("names file and line of a line that is none", async () => {
    const error = await settings(["User ops", "Port 0"]).catch((e: unknown) => e);
    expect(error).toMatchObject({
      ...{ name: "SshConfigError", layer: "ssh-config", code: "bad-line", fault: "local", rfc: "ssh_config(5)" },
      ...{ file: join(home, "config"), line: 2, message: expect.stringContaining("config, line 2: ") },
    });
  });

  it("runs no program: Match exec is refused where it decides, and only there", async () => {
    for (const line of ["Match exec true", "Match host router exec true", "Match tagged x", "Match !exec true"])
      expect([line, await codeOf(settings([line, " User ops"]))]).toEqual([line, "match-not-supported"]);
    expect((await settings(["Match host other exec true", " User ops"])).user).toBe("me");
  });

  it("reads included files in order, relative to ~/.ssh, and their blocks end with them", async () => {
    write(".ssh/conf.d/1-a", "Host router", " User included");
    write(".ssh/conf.d/2-b", "Port 2");
    write(".ssh/conf.d/.hidden", "Port 3");
    write(".ssh/only-in-block", "Host *", " HostName never");
    const found = await settings([
      "Include conf.d/[1-2]-? nothing",
      "Host other",
      " Include only-in-block",
      "Host *",
      "Port 4",
    ]);
    expect(found).toMatchObject({ user: "included", port: 2, host: "router" });
  });

  it("stops at files that include themselves, and at too many of them", async () => {
    expect(await codeOf(settings([`Include ${join(home, "config")}`]))).toBe("limit-exceeded");
    for (let i = 0; i < 256; i++) write(`many/${i}`, "");
    expect(await codeOf(settings([`Include ${home}/many/*`]))).toBe("limit-exceeded");
    rmSync(join(home, "many/0"));
    expect(await codeOf(settings([`Include ${home}/many/*`]))).toBe("no error");
  });

  it("limits the bytes of a file and the number of identities", async () => {
    const line = "#".repeat(1023);
    const full = Array.from({ length: 1024 }, () => line);
    expect(await codeOf(settings(full))).toBe("no error");
    expect(await codeOf(settings([...full, ""]))).toBe("limit-exceeded");
    const identities = Array.from({ length: 101 }, (_, i) => `IdentityFile /k/${i}`);
    expect(await codeOf(settings(identities))).toBe("limit-exceeded");
    expect((await settings(identities.slice(1))).identityFiles).toHaveLength(100);
  });

  it("wants a file that is named, and none of those that are not", async () => {
    expect(await codeOf(readSshConfig({ file: join(home, "nothing") }))).toBe("unreadable");
    expect(await codeOf(readSshConfig({ file: home }))).toBe("unreadable");
    const config = await readSshConfig({ file: "none", home, localUser: "me" });
    expect(config.settingsFor({ host: "Router" })).toMatchObject({
      host: "router",
      originalHost: "Router",
      user: "me",
    });
    expect(await codeOf(readSshConfig({ home }))).toBe("no error");
  });

  it.skipIf(process.getuid === undefined)("takes no ~/.ssh/config that others may change", async () => {
    const path = write(".ssh/config", "User ops");
    expect((await readSshConfig({ home })).settingsFor({ host: "router" }).user).toBe("ops");
    chmodSync(path, 0o622);
    expect(await codeOf(readSshConfig({ home }))).toBe("permissions");
  });
});

describe("sshConfigConnection()", () => {
  const connection = async (...lines: readonly string[]) => sshConfigConnection(await settings(lines), compatible);

  it("leaves out what no file sets", async () => {
    expect(await connection()).toEqual({ tcp: { host: "router", port: 22 }, ssh: { username: "me", algorithms: {} } });
  });

  it("gives address, times and keepalive", async () => {
    const lines = ["HostName 192.0.2.1", "Port 830", "User ops", "ConnectTimeout 5", "ServerAliveInterval 1m"];
    expect(await connection(...lines)).toEqual({
      tcp: { host: "192.0.2.1", port: 830, timeout: 5000 },
      ssh: {
        username: "ops",
        timeouts: { versionExchange: 5000, keyExchange: 5000 },
        keepalive: { interval: 60_000, max: 3 },
        algorithms: {},
      },
    });
    expect((await connection("ServerAliveInterval 5", "ServerAliveCountMax 0")).ssh.keepalive).toBeUndefined();
  });

  it("chooses algorithms that are there, in the order asked for", async () => {
    const { algorithms } = (
      await connection(
        "Ciphers ^aes128-ctr",
        "MACs -hmac-sha1*",
        "KexAlgorithms sntrup761x25519-sha512,curve25519-sha256",
      )
    ).ssh;
    expect(algorithms?.cipher?.[0]?.name).toBe("aes128-ctr");
    expect(algorithms?.cipher).toHaveLength(compatible.cipher.length);
    expect(algorithms?.mac?.map(({ name }) => name)).not.toContain("hmac-sha1");
    expect(algorithms?.keyExchange?.map(({ name }) => name)).toEqual(["curve25519-sha256"]);
    expect(algorithms?.hostKey).toBeUndefined();
  });

  it("refuses a list with nothing that is there", async () => {
    expect(await codeOf(connection("Ciphers 3des-cbc"))).toBe("no-algorithm");
  });
});

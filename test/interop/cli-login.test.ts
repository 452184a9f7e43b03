import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OpensshNetconfd, startNetconfd } from "./peers/openssh-netconfd.ts";
import { requirePeer } from "./peers/peers.ts";
import { type PeerProcess, startProcess, tempFolder } from "./peers/process.ts";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const passphrase = "correct horse";
const stops: (() => Promise<void> | void)[] = [];
let folder = "";

beforeEach(() => {
  const { path, remove } = tempFolder();
  folder = path;
  stops.push(remove);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function sshd(...sshdConfig: readonly string[]): Promise<OpensshNetconfd> {
  const host = await startNetconfd({ sshdConfig });
  stops.push(host.stop);
  return host;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function knownHosts(...hosts: readonly OpensshNetconfd[]): string {
  return write("known_hosts", hosts.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey.publicLine}\n`).join(""));
}

/** `netconf hello`, in a session of its own: without a terminal, unless `script` gives it one. */
function hello(args: readonly string[], env: Readonly<Record<string, string>> = {}, terminal = false): PeerProcess {
  const words = [process.execPath, main, "hello", ...args];
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const [command = "", ...rest] = terminal ? ["script", "-qefc", quoted, "/dev/null"] : words;
  const child = startProcess(command, rest, { env: { SSH_AUTH_SOCK: "", HOME: folder, ...env } });
  stops.push(child.stop);
  return child;
}

async function startAgent(...keyFiles: readonly string[]): Promise<string> {
  const path = join(folder, "agent");
  const agent = startProcess("ssh-agent", ["-D", "-a", path]);
  stops.push(agent.stop);
  await agent.waitForOutput(/SSH_AUTH_SOCK/, 5000);
  for (const file of keyFiles)
    execFileSync("ssh-add", ["-q", file], { env: { ...process.env, SSH_AUTH_SOCK: path }, stdio: "pipe" });
  return path;
}

const target = ({ user, port }: OpensshNetconfd): string => `${user}@127.0.0.1:${port}`;
const worked = async (child: PeerProcess): Promise<void> => {
  expect([await child.exited(20_000), child.log()]).toEqual([0, expect.stringContaining("base:1.")]);
};

describe.runIf(requirePeer("netconfd") && requirePeer("openssh"))("the command logs in to sshd", () => {
  it("with the keys of ssh-agent, asked for or named by their public halves", async () => {
    const device = await sshd();
    const agent = { SSH_AUTH_SOCK: await startAgent(device.userKey.file) };
    const there = [target(device), "--known-hosts", knownHosts(device)];
    await worked(hello([...there, "--agent", "--no-ssh-config"], agent));
    const half = write("half.pub", `${device.userKey.publicLine}\n`);
    const config = write("config", `IdentitiesOnly yes\nIdentityFile ${half}\n`);
    await worked(hello([...there, "-F", config], agent));
  });

  it("with an encrypted key, after one wrong passphrase", async () => {
    const device = await sshd();
    const file = join(folder, "encrypted");
    copyFileSync(device.userKey.file, file);
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-f", file], { stdio: "pipe" });
    const args = [target(device), "--known-hosts", knownHosts(device), "--no-ssh-config", "-i", file];
    const asking = hello(args, {}, true);
    await asking.waitForOutput(/Passphrase of \S+encrypted: /, 10_000);
    asking.child.stdin?.write("wrong\r");
    await asking.waitForOutput(/is not the passphrase[\s\S]*Passphrase of/, 10_000);
    asking.child.stdin?.write(`${passphrase}\r`);
    await worked(asking);
    expect(asking.stdout().toString()).not.toContain(passphrase);
    const silent = hello(args);
    expect(await silent.exited(30_000)).toBe(2);
    expect(silent.log()).toContain("there is no terminal");
  });

  it("with the certificate that lies beside the key", async () => {
    const authority = join(folder, "authority");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", authority], { stdio: "pipe" });
    const device = await sshd(`TrustedUserCAKeys ${authority}.pub`, "AuthorizedKeysFile none");
    const file = join(folder, "certified");
    copyFileSync(device.userKey.file, file);
    writeFileSync(`${file}.pub`, `${device.userKey.publicLine}\n`);
    const args = [target(device), "--known-hosts", knownHosts(device), "--no-ssh-config", "-i", file];
    expect(await hello(args).exited(30_000)).toBe(4);
    execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "test", "-n", device.user, `${file}.pub`], {
      stdio: "pipe",
    });
    await worked(hello(args));
  });

  it("through one and two jump hosts, of --jump and of ProxyJump, and trusts none that it does not know", async () => {
    const [first, second, device] = [await sshd(), await sshd(), await sshd()];
    const keys = [first, second, device].flatMap(({ userKey }) => ["-i", userKey.file]);
    const there = [target(device), ...keys, "--known-hosts", knownHosts(first, second, device)];
    await worked(hello([...there, "--no-ssh-config", "--jump", target(first)]));
    await worked(hello([...there, "--no-ssh-config", "--jump", `${target(first)},${target(second)}`]));
    const config = write("config", `Host 127.0.0.1\n ProxyJump ${target(second)}\n`);
    await worked(hello([...there, "-F", config]));
    const forwards = () => second.sshdLog().match(/direct-tcpip/g)?.length;
    await expect.poll(forwards, { timeout: 10_000 }).toBeGreaterThan(1);
    const stranger = hello([
      target(device),
      ...keys,
      "--known-hosts",
      knownHosts(device),
      "--no-ssh-config",
      "--jump",
      target(first),
    ]);
    expect(await stranger.exited(30_000)).toBe(4);
    expect(stranger.log()).toContain(`jump host "127.0.0.1:${first.port}"`);
  });
});

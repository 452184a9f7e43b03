import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { hasProgram } from "../../ssh/test/keys/tools.ts";
import { selectAlgorithms } from "../src/ssh-config-algorithms.ts";
import { SshConfigReader } from "../src/ssh-config-files.ts";
import { hostNameOf, type RawSettings, resolveLines } from "../src/ssh-config-resolve.ts";

/*
 * `ssh -G` prints what OpenSSH makes of a file. Whatever the file: our reading gives the same values, and refuses what it
 * refuses. It prints names of files before their expansion, so that is what is compared.
 */

const folder = mkdtempSync(join(tmpdir(), "netconf-kit-ssh-config-"));
const present = hasProgram("ssh", "-V");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Values = Readonly<Record<string, readonly string[]>>;

const listOptions = ["kexalgorithms", "ciphers", "macs", "hostkeyalgorithms"] as const;
const plainOptions = [
  ...["hostname", "port", "user", "identitiesonly", "identityagent", "proxyjump", "proxycommand"],
  ...["userknownhostsfile", "globalknownhostsfile", "stricthostkeychecking", "hostkeyalias"],
  ...["serveraliveinterval", "serveralivecountmax", "connecttimeout", "identityfile", "certificatefile"],
];

function ask(file: string, host: string, user?: string): Values | undefined {
  const args = ["-G", "-F", file, ...(user === undefined ? [] : ["-l", user]), host];
  const { status, stdout } = spawnSync("ssh", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  if (status !== 0) return undefined;
  const values: Record<string, string[]> = {};
  for (const line of stdout.trimEnd().split("\n")) {
    const [, name = "", value = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    values[name] = [...(values[name] ?? []), value];
  }
  return values;
}

async function read(file: string, host: string, localUser: string, user?: string): Promise<RawSettings | undefined> {
  try {
    const lines = await new SshConfigReader().require(file, { folder, home: folder, ownerOnly: false });
    const target = { host, localUser, ...(user !== undefined && { user }) };
    const { settings } = resolveLines([lines], target);
    return { ...settings, hostName: hostNameOf(settings.hostName, host) };
  } catch (error) {
    if (error instanceof Error && error.name === "SshConfigError") return undefined;
    throw error;
  }
}

/** Our values in the words of `ssh -G`; what no file sets is taken from `defaults`. */
function inItsWords(raw: RawSettings, defaults: Values): Values {
  const { proxy } = raw;
  const strict = { yes: "true", no: "false", ask: "ask", "accept-new": "accept-new" } as const;
  const jumps = proxy?.kind === "jump" ? proxy.jumps : [];
  const jump = jumps.map((each) => {
    const host = each.host.includes(":") ? `[${each.host}]` : each.host;
    return `${each.user === undefined ? "" : `${each.user}@`}${host}${each.port === undefined ? "" : `:${each.port}`}`;
  });
  const ours: Record<string, readonly string[] | undefined> = {
    hostname: [raw.hostName ?? ""],
    port: raw.port === undefined ? undefined : [String(raw.port)],
    user: raw.user === undefined ? undefined : [raw.user],
    identitiesonly: raw.identitiesOnly === undefined ? undefined : [raw.identitiesOnly ? "yes" : "no"],
    identityagent: raw.identityAgent === undefined ? undefined : [raw.identityAgent],
    identityfile: raw.identityFiles.length === 0 ? undefined : raw.identityFiles,
    certificatefile: raw.certificateFiles.length === 0 ? undefined : raw.certificateFiles,
    proxyjump: jump.length === 0 ? undefined : [jump.join(",")],
    proxycommand: proxy?.kind === "command" && proxy.command !== undefined ? [proxy.command] : undefined,
    userknownhostsfile: raw.userKnownHostsFiles && [raw.userKnownHostsFiles.join(" ")],
    globalknownhostsfile: raw.globalKnownHostsFiles && [raw.globalKnownHostsFiles.join(" ")],
    stricthostkeychecking: raw.strictHostKeyChecking && [strict[raw.strictHostKeyChecking]],
    hostkeyalias: raw.hostKeyAlias === undefined ? undefined : [raw.hostKeyAlias],
    serveraliveinterval: raw.serverAliveInterval === undefined ? undefined : [String(raw.serverAliveInterval)],
    serveralivecountmax: raw.serverAliveCountMax === undefined ? undefined : [String(raw.serverAliveCountMax)],
    connecttimeout: raw.connectTimeout === undefined ? undefined : [String(raw.connectTimeout)],
  };
  const lists = {
    kexalgorithms: raw.kexAlgorithms,
    ciphers: raw.ciphers,
    macs: raw.macs,
    hostkeyalgorithms: raw.hostKeyAlgorithms,
  };
  for (const name of listOptions) {
    const list = lists[name];
    if (list !== undefined) ours[name] = [select(name, list, defaults)];
  }
  return Object.fromEntries(
    [...plainOptions, ...listOptions].map((name) => [name, ours[name] ?? defaults[name] ?? []]),
  );
}

const queries = { kexalgorithms: "kex", ciphers: "cipher", macs: "mac", hostkeyalgorithms: "HostKeyAlgorithms" };
const known = new Map<string, readonly { readonly name: string }[]>();

function select(option: keyof typeof queries, list: string, defaults: Values): string {
  let all = known.get(option);
  if (all === undefined) {
    const { stdout } = spawnSync("ssh", ["-Q", queries[option]], { encoding: "utf8" });
    all = stdout
      .trim()
      .split("\n")
      .map((name) => ({ name }));
    known.set(option, all);
  }
  const inDefault = (defaults[option]?.[0] ?? "").split(",");
  const byDefault = inDefault.map((name) => all.find((each) => each.name === name) ?? { name });
  return selectAlgorithms(list, all, byDefault)
    .map(({ name }) => name)
    .join(",");
}

const hosts = ["a", "b", "ab", "A", "a.example", "10.0.0.1"];
const pattern = fc.constantFrom("a", "b", "*", "a*", "?", "??", "!a", "!b", "!a*", "*.example", "10.*", "A");
const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 });
const condition = fc.oneof(
  patterns.map((list) => `host ${list.join(",")}`),
  patterns.map((list) => `originalhost "${list.join(",")}"`),
  fc.constantFrom("user root", "user =ops,admin", "localuser *", "!user ops", "!host a", "localuser nobody-like-this"),
  fc.constantFrom("final", "canonical", "!final", "!canonical"),
);
const file = fc.constantFrom("/k/1", "/k/2", '"/k/with blank"', "/k/%h", "/k/a\\ b", "~/k", "none");
const option = fc.oneof(
  fc
    .constantFrom("x.example", "%h.example", "%%h", "10.0.0.9", '"q.example"', "Upper.Example")
    .map((v) => `HostName ${v}`),
  fc.constantFrom("22", "830", "65535", "0", "65536", "http!").map((v) => `Port ${v}`),
  fc.constantFrom("root", "ops", '"two words"', "admin # not me", "back\\slash").map((v) => `User ${v}`),
  file.map((v) => `IdentityFile ${v}`),
  file.map((v) => `CertificateFile ${v}`),
  fc.constantFrom("yes", "no", "TRUE", "false", "maybe").map((v) => `IdentitiesOnly ${v}`),
  fc.constantFrom("/run/agent", "SSH_AUTH_SOCK", "none").map((v) => `IdentityAgent ${v}`),
  fc
    .constantFrom("j", "u@j:22", "u@j1:22,v@j2", "[::1]:22", "none", "ssh://u@j:2200", "j # why", "u@", "j:0", ",")
    .map((v) => `ProxyJump ${v}`),
  fc.constantFrom("nc %h %p", "none", 'sh -c "x y"').map((v) => `ProxyCommand ${v}`),
  fc.constantFrom("/f/1", "/f/1 /f/2", "none", "none /f/1", '"/f/x y" /f/2').map((v) => `UserKnownHostsFile ${v}`),
  fc.constantFrom("/g/1", "/g/1 /g/2", "/g/1 none").map((v) => `GlobalKnownHostsFile ${v}`),
  fc
    .constantFrom("yes", "no", "off", "ask", "accept-new", "Accept-New", "new")
    .map((v) => `StrictHostKeyChecking ${v}`),
  fc.constantFrom("alias", "%h").map((v) => `HostKeyAlias ${v}`),
  fc.constantFrom("10", "1m30s", "1h", "2D", "none", "5x", "s").map((v) => `ServerAliveInterval ${v}`),
  fc.constantFrom("0", "7", "-1", "x", "7x").map((v) => `ServerAliveCountMax ${v}`),
  fc.constantFrom("1", "2m", "none", "99999999999").map((v) => `ConnectTimeout ${v}`),
  fc.constantFrom("+aes128-cbc", "-chacha20*", "^aes256-ctr", "aes128-ctr,aes256-ctr").map((v) => `Ciphers ${v}`),
  fc.constantFrom("+hmac-sha1-96", "-umac-*,hmac-sha1*", "^hmac-sha2-512", "hmac-sha2-256").map((v) => `MACs ${v}`),
  fc
    .constantFrom("+diffie-hellman-group1-sha1", "-ecdh-*", "^ecdh-sha2-nistp521", "curve25519-sha256")
    .map((v) => `KexAlgorithms ${v}`),
  fc.constantFrom("+ssh-rsa", "-*cert*", "^rsa-sha2-512", "ssh-ed25519,ecdsa-*").map((v) => `HostKeyAlgorithms ${v}`),
  // Options without effect on us, and lines that are none.
  fc.constantFrom("Compression yes", "SetEnv A=b", "# comment", "", "  ", "Port", "Port 22 23", 'User "open'),
);
const spelled = fc
  .tuple(option, fc.constantFrom(" ", "=", " = ", "\t", "  "), fc.constantFrom("", "  ", "\t"), fc.boolean())
  .map(([line, separator, indent, lower]) => {
    const [, keyword = "", value = ""] = /^(\S*)(?: (.*))?$/s.exec(line) ?? [];
    if (value.trim() === "" || line.startsWith("#")) return `${indent}${line}`;
    return `${indent}${lower ? keyword.toLowerCase() : keyword}${separator}${value}`;
  });
const block = fc.oneof(
  { weight: 3, arbitrary: patterns.map((list) => `Host ${list.join(" ")}`) },
  {
    weight: 3,
    arbitrary: fc.array(condition, { minLength: 1, maxLength: 3 }).map((list) => `Match ${list.join(" ")}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("Match all", "Match final all", "Match !all", "Match host a all", "Match all host a"),
  },
  { weight: 1, arbitrary: fc.constantFrom("Match", "Match user", "Host", 'Host "a" b', "Host=a") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      `Include ${folder}/included-*`,
      `Include ${folder}/nothing`,
      `Include ${folder}/included-1`,
    ),
  },
);
// Mostly options that are right: one that is not ends the reading of a whole file.
const lines = fc.array(fc.oneof({ weight: 3, arbitrary: spelled }, { weight: 1, arbitrary: block }), { maxLength: 12 });

describe.runIf(present)("the configuration of OpenSSH means to us what it means to ssh", () => {
  const defaults = (): Values => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    return ask(empty, "h") ?? {};
  };

  it("for generated files, with included ones", { timeout: 120_000 }, async () => {
    const byDefault = defaults();
    const localUser = byDefault.user?.[0] ?? "";
    const config = join(folder, "config");
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        lines,
        lines,
        fc.constantFrom(...hosts),
        fc.constantFrom(undefined, "ops"),
        async (text, included, host, user) => {
          writeFileSync(config, text.join("\n"));
          writeFileSync(join(folder, "included-1"), included.slice(0, 3).join("\n"));
          writeFileSync(join(folder, "included-2"), `Host a\n${included.slice(3, 5).join("\n")}`);
          const theirs = ask(config, host, user);
          const ours = await read(config, host, localUser, user);
          const what = text.join("\n");
          if (theirs === undefined || ours === undefined) {
            expect(`${what}\n${ours === undefined}`).toBe(`${what}\n${theirs === undefined}`);
            return;
          }
          accepted++;
          for (const [name, values] of Object.entries(inItsWords(ours, byDefault)))
            expect([what, name, values]).toEqual([what, name, theirs[name] ?? []]);
        },
      ),
      { numRuns: Number(process.env.SSH_CONFIG_RUNS ?? 200), seed: Number(process.env.SSH_CONFIG_SEED ?? 8071) },
    );
    // Otherwise the generator would make nothing but errors.
    expect(accepted).toBeGreaterThan(50);
  });
});

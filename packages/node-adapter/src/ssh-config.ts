import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { SshConfigLine } from "./ssh-config-files.ts";
import { SshConfigReader } from "./ssh-config-files.ts";
import { hostNameOf, type IgnoredOption, type RawSettings, resolveLines } from "./ssh-config-resolve.ts";
import { expandFile, expandHome, type Places, replaceTokens, type Tokens } from "./ssh-config-tokens.ts";
import type { SshConfigJump, StrictHostKeyChecking } from "./ssh-config-values.ts";

/** Which files are read, and for whom. */
export interface ReadSshConfigOptions {
  /** Read in place of ~/.ssh/config and /etc/ssh/ssh_config, as with `ssh -F`; it has to be there. `"none"` reads nothing. */
  readonly file?: string;
  /** What `~` stands for. Default: the home folder of this user. */
  readonly home?: string;
  /** The user of this machine. Default: as the system says. */
  readonly localUser?: string;
  /** For `${NAME}` in names of files. Default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A connection that is to be made, as the user named it. What is given here wins over the files. */
export interface SshConfigTarget {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** The port where neither the user nor the files name one; `%p` then stands for it. Default 22. */
  readonly defaultPort?: number;
}

/** The settings for one target. Names of files are complete; an option that no file sets is `undefined` or an empty list. */
export interface SshConfigSettings {
  /** The name as it was given. */
  readonly originalHost: string;
  /** The name or address to connect to: HostName, or the given name in lower case. */
  readonly host: string;
  readonly port: number;
  /** Who logs in. Without User it is the user of this machine. */
  readonly user: string;
  /** Every IdentityFile, in the order of the files; `undefined` without any, empty after `none` alone. */
  readonly identityFiles: readonly string[] | undefined;
  readonly certificateFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket, `"none"` for no agent, `undefined` for the one of SSH_AUTH_SOCK. */
  readonly identityAgent: string | undefined;
  /** Hosts to go through, nearest first; empty for the direct way. */
  readonly proxyJump: readonly SshConfigJump[];
  /** A program that would make the connection. There is no support for it: whoever ignores it goes another way. */
  readonly proxyCommand: string | undefined;
  /** `undefined` for the usual file, empty for none. */
  readonly userKnownHostsFiles: readonly string[] | undefined;
  readonly globalKnownHostsFiles: readonly string[] | undefined;
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** The name under which the host key is known. */
  readonly hostKeyAlias: string | undefined;
  /** Seconds; 0 for never. */
  readonly serverAliveInterval: number | undefined;
  readonly serverAliveCountMax: number;
  /** Seconds. */
  readonly connectTimeout: number | undefined;
  /** Lists as they stand in the files, with their `+`, `-` or `^`. */
  readonly hostKeyAlgorithms: string | undefined;
  readonly kexAlgorithms: string | undefined;
  readonly ciphers: string | undefined;
  readonly macs: string | undefined;
  /** Options that count for this target and have no effect here. */
  readonly ignored: readonly IgnoredOption[];
}

/** Configuration files that have been read. */
export interface SshConfig {
  /**
   * The settings for a target: the first value of each option wins, as in OpenSSH.
   *
   * @throws SshConfigError `bad-line`, `limit-exceeded`, `match-not-supported` (a `Match exec`, or a condition that is not
   * known, decides), `cannot-expand`
   */
  settingsFor(target: SshConfigTarget): SshConfigSettings;
}

/**
 * Reads the client configuration of OpenSSH, ssh_config(5): Host, Match (host, originalhost, user, localuser, final, all),
 * Include, and the options of `SshConfigSettings`. Others are reported in `ignored`.
 *
 * At most 1 MiB a file, 256 files, 16 Includes deep, 100 identities. ~/.ssh/config counts only while nobody else may change it.
 *
 * @throws SshConfigError `bad-line`, `unreadable`, `permissions`, `limit-exceeded`, `cannot-expand`
 * @example
 * const config = await readSshConfig();
 * const settings = config.settingsFor({ host: "router", defaultPort: 830 });
 * console.log(settings.user, settings.host, settings.port, settings.identityFiles);
 */
export async function readSshConfig(options: ReadSshConfigOptions = {}): Promise<SshConfig> {
  const { file, home = homedir(), localUser = userInfo().username, env = process.env } = options;
  const files = await readFiles(file, home);
  return { settingsFor: (target) => settingsOf(files, target, { home, env, localUser }) };
}

async function readFiles(file: string | undefined, home: string): Promise<readonly (readonly SshConfigLine[])[]> {
  const reader = new SshConfigReader();
  const user = { folder: join(home, ".ssh"), home };
  if (file === "none") return [];
  if (file !== undefined) return [await reader.require(file, { ...user, ownerOnly: false })];
  const both = [
    await reader.read(join(home, ".ssh", "config"), { ...user, ownerOnly: true }),
    await reader.read("/etc/ssh/ssh_config", { folder: "/etc/ssh", ownerOnly: false }),
  ];
  return both.filter((lines) => lines !== undefined);
}

interface Surroundings extends Places {
  readonly localUser: string;
}

function settingsOf(
  files: readonly (readonly SshConfigLine[])[],
  target: SshConfigTarget,
  around: Surroundings,
): SshConfigSettings {
  const { localUser } = around;
  const { settings: raw, ignored } = resolveLines(files, { ...target, localUser });
  const host = hostNameOf(raw.hostName, target.host);
  const { port = target.defaultPort ?? 22, user = localUser, proxy } = raw;
  const tokens: Tokens = {
    ...{ h: host, n: target.host, p: String(port), r: user },
    ...{ u: localUser, d: around.home, k: raw.hostKeyAlias ?? target.host },
    ...{ l: hostname(), L: hostname().replace(/\..*$/, ""), i: String(process.getuid?.() ?? "") },
  };
  const expand = (name: string): string => expandFile(name, tokens, around);
  return {
    ...{ originalHost: target.host, host, port, user, ignored },
    identityFiles: raw.identityFiles.length === 0 ? undefined : filesOf(raw.identityFiles, expand),
    certificateFiles: filesOf(raw.certificateFiles, expand),
    identitiesOnly: raw.identitiesOnly ?? false,
    identityAgent: raw.identityAgent === undefined ? undefined : agentOf(raw.identityAgent, expand),
    proxyJump: proxy?.kind === "jump" ? proxy.jumps.map((jump) => expandJump(jump, tokens)) : [],
    proxyCommand: proxy?.kind === "command" ? proxy.command : undefined,
    userKnownHostsFiles: raw.userKnownHostsFiles && filesOf(raw.userKnownHostsFiles, expand),
    // Of these OpenSSH replaces "~" alone.
    globalKnownHostsFiles:
      raw.globalKnownHostsFiles && filesOf(raw.globalKnownHostsFiles, (name) => expandHome(name, around.home)),
    ...plainSettings(raw),
  };
}

/** What needs no expansion. */
function plainSettings(raw: RawSettings): Pick<SshConfigSettings, PlainName> {
  return {
    strictHostKeyChecking: raw.strictHostKeyChecking ?? "ask",
    hostKeyAlias: raw.hostKeyAlias,
    serverAliveInterval: raw.serverAliveInterval,
    serverAliveCountMax: raw.serverAliveCountMax ?? 3,
    connectTimeout: raw.connectTimeout,
    hostKeyAlgorithms: raw.hostKeyAlgorithms,
    kexAlgorithms: raw.kexAlgorithms,
    ciphers: raw.ciphers,
    macs: raw.macs,
  };
}

type PlainName =
  | "strictHostKeyChecking"
  | "hostKeyAlias"
  | "serverAliveInterval"
  | "serverAliveCountMax"
  | "connectTimeout"
  | "hostKeyAlgorithms"
  | "kexAlgorithms"
  | "ciphers"
  | "macs";

function filesOf(names: readonly string[], expand: (name: string) => string): readonly string[] {
  return names.filter((name) => name.toLowerCase() !== "none").map(expand);
}

/** A socket, `SSH_AUTH_SOCK`, `$NAME` of a variable that holds one, or `none`. */
function agentOf(name: string, expand: (name: string) => string): string | undefined {
  if (name === "none") return name;
  if (name === "SSH_AUTH_SOCK") return undefined;
  return expand(name.replace(/^\$([A-Za-z_]\w*)$/, "$${$1}"));
}

function expandJump({ user, host, port }: SshConfigJump, { h = "", n = "", p = "", r = "" }: Tokens): SshConfigJump {
  const replace = (text: string): string => replaceTokens(text, { h, n, p, r });
  return { user: user === undefined ? undefined : replace(user), host: replace(host), port };
}

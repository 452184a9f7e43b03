import { SshConfigError, type SshConfigPlace } from "./ssh-config-error.ts";
import type { SshConfigLine } from "./ssh-config-files.ts";
import { type MatchFacts, matchesConditions, matchesHost } from "./ssh-config-match.ts";
import { replaceTokens } from "./ssh-config-tokens.ts";
import * as read from "./ssh-config-values.ts";

/** Values as they stand in the files; tokens are still to be replaced. */
export interface RawSettings {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  readonly identitiesOnly?: boolean;
  readonly identityAgent?: string;
  readonly userKnownHostsFiles?: readonly string[];
  readonly globalKnownHostsFiles?: readonly string[];
  readonly strictHostKeyChecking?: read.StrictHostKeyChecking;
  readonly hostKeyAlias?: string;
  readonly serverAliveInterval?: number;
  readonly serverAliveCountMax?: number;
  readonly connectTimeout?: number;
  readonly hostKeyAlgorithms?: string;
  readonly kexAlgorithms?: string;
  readonly ciphers?: string;
  readonly macs?: string;
  readonly proxy?: read.SshConfigProxy;
  /** These two grow with every line, as OpenSSH's do. */
  readonly identityFiles: string[];
  readonly certificateFiles: string[];
}

/** An option that a file sets and that has no effect here. */
export interface IgnoredOption extends SshConfigPlace {
  /** In lower case. */
  readonly option: string;
}

export interface RawResult {
  readonly settings: RawSettings;
  readonly ignored: readonly IgnoredOption[];
}

export interface ResolveTarget {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly localUser: string;
}

/** What the files say about a target: for each option the first line that counts. */
export function resolveLines(files: readonly (readonly SshConfigLine[])[], target: ResolveTarget): RawResult {
  const resolving = new Resolving(target);
  for (const lines of files) resolving.file(lines);
  resolving.finalPass(files);
  return resolving.result;
}

/** OpenSSH's own limits. */
const MAX_IDENTITIES = 100;
const MAX_KNOWN_HOSTS = 32;

class Resolving {
  readonly #target: ResolveTarget;
  #settings: RawSettings;
  readonly #ignored = new Map<string, IgnoredOption>();
  #host: string;
  #final = false;
  #wantsFinal = false;

  constructor(target: ResolveTarget) {
    const { host, port, user } = target;
    this.#target = target;
    this.#host = host;
    this.#settings = {
      ...(port !== undefined && { port }),
      ...(user !== undefined && { user }),
      identityFiles: [],
      certificateFiles: [],
    };
  }

  get result(): RawResult {
    return { settings: this.#settings, ignored: [...this.#ignored.values()] };
  }

  file(lines: readonly SshConfigLine[], active = true, never = false): void {
    for (const line of lines) {
      switch (line.keyword) {
        case "host":
          active = matchesHost(line, this.#facts()) && !never;
          break;
        case "match":
          active = !never && matchesConditions(line, this.#facts());
          break;
        case "include":
          // The blocks of an included file end with it; inside a block that does not count none of them does.
          for (const included of line.included ?? []) this.file(included, active, never || !active);
          break;
        default:
          this.#option(line, active);
      }
    }
  }

  /** `Match final`: everything once more, now for the name that HostName has given. */
  finalPass(files: readonly (readonly SshConfigLine[])[]): void {
    if (!this.#wantsFinal) return;
    this.#host = hostNameOf(this.#settings.hostName, this.#target.host);
    this.#settings = { ...this.#settings, hostName: this.#host.replaceAll("%", "%%") };
    this.#final = true;
    for (const lines of files) this.file(lines);
  }

  #facts(): MatchFacts {
    const { host: originalHost, localUser } = this.#target;
    const { hostName, user = localUser } = this.#settings;
    return {
      host: this.#host,
      originalHost,
      hostName: hostName === undefined ? this.#host : replaceTokens(hostName, { h: this.#host }),
      user,
      localUser,
      finalPass: this.#final,
      wantFinalPass: () => {
        this.#wantsFinal = true;
      },
    };
  }

  /** Values are read where a block does not count too: a bad line is an error wherever it stands. */
  #option(line: SshConfigLine, active: boolean): void {
    const { keyword, file, line: number } = line;
    if (keyword === "identityfile") this.#append(this.#settings.identityFiles, line, active);
    else if (keyword === "certificatefile") this.#append(this.#settings.certificateFiles, line, active);
    else if (Object.hasOwn(readers, keyword)) {
      // The names of `readers` are its keys: just looked up.
      const value = readers[keyword as keyof typeof readers](line);
      if (!active) return;
      const { proxy } = this.#settings;
      // "ProxyJump none" forbids a later ProxyJump only, every other choice both.
      const open = keyword === "proxycommand" && proxy?.kind === "jump" && proxy.jumps.length === 0;
      this.#settings = open ? { ...this.#settings, ...value } : { ...value, ...this.#settings };
    } else if (active) this.#ignored.set(`${file}\n${number}`, { option: keyword, file, line: number });
  }

  #append(list: string[], line: SshConfigLine, active: boolean): void {
    const value = read.single(line);
    if (!active || list.includes(value)) return;
    if (list.length >= MAX_IDENTITIES)
      throw new SshConfigError("limit-exceeded", `more than ${MAX_IDENTITIES} times "${line.keyword}"`, line);
    list.push(value);
  }
}

/** The name to connect to, in lower case as OpenSSH has it. */
export function hostNameOf(hostName: string | undefined, host: string): string {
  return (hostName === undefined ? host : replaceTokens(hostName, { h: host })).toLowerCase();
}

function limited(values: readonly string[], line: SshConfigLine): readonly string[] {
  if (values.length > MAX_KNOWN_HOSTS)
    throw new SshConfigError("limit-exceeded", `more than ${MAX_KNOWN_HOSTS} files`, line);
  return values;
}

/** The options that the first line with a value decides. */
const readers = {
  hostname: (line) => ({ hostName: read.single(line) }),
  port: (line) => ({ port: read.port(line) }),
  user: (line) => ({ user: read.single(line) }),
  identitiesonly: (line) => ({ identitiesOnly: read.yesOrNo(line) }),
  identityagent: (line) => ({ identityAgent: read.single(line) }),
  userknownhostsfile: (line) => ({ userKnownHostsFiles: limited(read.fileList(line), line) }),
  globalknownhostsfile: (line) => ({ globalKnownHostsFiles: limited(read.fileList(line), line) }),
  stricthostkeychecking: (line) => ({ strictHostKeyChecking: read.strictness(line) }),
  hostkeyalias: (line) => ({ hostKeyAlias: read.single(line) }),
  serveraliveinterval: (line) => timeOf("serverAliveInterval", line),
  serveralivecountmax: (line) => ({ serverAliveCountMax: read.count(line) }),
  connecttimeout: (line) => timeOf("connectTimeout", line),
  hostkeyalgorithms: (line) => ({ hostKeyAlgorithms: read.single(line) }),
  kexalgorithms: (line) => ({ kexAlgorithms: read.single(line) }),
  ciphers: (line) => ({ ciphers: read.single(line) }),
  macs: (line) => ({ macs: read.single(line) }),
  proxyjump: (line) => ({ proxy: read.proxyJump(line) }),
  proxycommand: (line) => ({ proxy: read.proxyCommand(line) }),
} satisfies Readonly<Record<string, (line: SshConfigLine) => Partial<RawSettings>>>;

/** `none` says nothing: a later line may still give a time. */
function timeOf(name: "serverAliveInterval" | "connectTimeout", line: SshConfigLine): Partial<RawSettings> {
  const seconds = read.duration(line);
  return seconds === undefined ? {} : { [name]: seconds };
}

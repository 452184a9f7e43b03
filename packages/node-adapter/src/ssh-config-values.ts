import { SshConfigError } from "./ssh-config-error.ts";
import type { SshConfigLine } from "./ssh-config-files.ts";

/** A host to go through, as ProxyJump names it. */
export interface SshConfigJump {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/** The way that ProxyJump or ProxyCommand asks for; no jumps and no command after their `none`. */
export type SshConfigProxy =
  | { readonly kind: "jump"; readonly jumps: readonly SshConfigJump[] }
  | { readonly kind: "command"; readonly command: string | undefined };

/** What ssh_config says about host keys that are not known. */
export type StrictHostKeyChecking = "yes" | "no" | "ask" | "accept-new";

/** The one value of a line. */
export function single(line: SshConfigLine): string {
  const [value] = line.values;
  if (value === undefined || value === "") throw bad(line, "has no value");
  if (line.values.length > 1) throw bad(line, "has more than one value");
  return value;
}

/** Names of files; `none` stands alone. */
export function fileList(line: SshConfigLine): readonly string[] {
  const { values } = line;
  if (values.length === 0 || values.includes("")) throw bad(line, "has an empty value");
  if (values.length > 1 && values.some((each) => each.toLowerCase() === "none"))
    throw bad(line, 'has other values beside "none"');
  return values;
}

export function yesOrNo(line: SshConfigLine): boolean {
  switch (single(line).toLowerCase()) {
    case "yes":
    case "true":
      return true;
    case "no":
    case "false":
      return false;
    default:
      throw bad(line, "has to be yes or no");
  }
}

export function strictness(line: SshConfigLine): StrictHostKeyChecking {
  switch (single(line).toLowerCase()) {
    case "yes":
    case "true":
      return "yes";
    case "no":
    case "false":
    case "off":
      return "no";
    case "ask":
      return "ask";
    case "accept-new":
      return "accept-new";
    default:
      throw bad(line, "has to be yes, no, ask or accept-new");
  }
}

export function port(line: SshConfigLine): number {
  const value = portOf(single(line));
  if (value === undefined) throw bad(line, "is no port");
  return value;
}

function portOf(text: string): number | undefined {
  const value = Number(text);
  return /^\d{1,5}$/.test(text) && value > 0 && value <= 65_535 ? value : undefined;
}

export function count(line: SshConfigLine): number {
  const text = single(line);
  if (!/^\d+$/.test(text) || Number(text) > MAX_NUMBER) throw bad(line, "is no number");
  return Number(text);
}

/** Seconds, from `90`, `1m30s` or `1h`; `undefined` for `none`. */
export function duration(line: SshConfigLine): number | undefined {
  const text = single(line);
  if (text === "none") return undefined;
  if (!/^(\d+[smhdw]?)+$/i.test(text)) throw bad(line, "is no time");
  let seconds = 0;
  for (const [, digits = "", unit = ""] of text.matchAll(/(\d+)([smhdw]?)/gi))
    seconds += Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
  if (seconds > MAX_NUMBER) throw bad(line, "is too long a time");
  return seconds;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MAX_NUMBER = 2 ** 31 - 1;

/** ProxyJump has the rest of the line to itself. */
export function proxyJump(line: SshConfigLine): SshConfigProxy {
  const text = line.text
    .replace(/^[ \t=]+/, "")
    .replace(/#.*$/s, "")
    .trimEnd();
  if (text.toLowerCase() === "none") return { kind: "jump", jumps: [] };
  const jumps = text.split(",").map((hop) => jumpOf(hop));
  if (jumps.includes(undefined)) throw bad(line, "names no host to go through");
  return { kind: "jump", jumps: jumps.filter((each) => each !== undefined) };
}

export function proxyCommand(line: SshConfigLine): SshConfigProxy {
  const command = line.text.replace(/^[ \t=]+/, "");
  return { kind: "command", command: command.toLowerCase() === "none" ? undefined : command };
}

/** `[user@]host[:port]` or `ssh://[user@]host[:port][/]`; an IPv6 address with a port stands in brackets. */
function jumpOf(hop: string): SshConfigJump | undefined {
  const uri = /^ssh:\/\/([^/]*)\/?$/i.exec(hop)?.[1];
  const text = uri ?? hop;
  const at = text.lastIndexOf("@");
  const user = at < 0 ? undefined : text.slice(0, at);
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(.*))?$/.exec(text.slice(at + 1));
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || user === "" || /[\s'"`$\\;&<>|(){}]|^-/.test(host)) return undefined;
  const given = match?.[3];
  const number = given === undefined ? undefined : portOf(given);
  return given !== undefined && number === undefined ? undefined : { user, host, port: number };
}

function bad(line: SshConfigLine, problem: string): SshConfigError {
  return new SshConfigError("bad-line", `"${line.keyword}" ${problem}`, line);
}

import type { Command } from "commander";
import { collect } from "./collect.ts";
import { UsageError } from "./exit-codes.ts";

/** The options of TLS at a manager, as commander names them. */
export interface TlsSessionOptions {
  readonly tls?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: readonly string[];
  readonly serverName?: string;
  readonly pin?: readonly string[];
}

/** Adds the options that say who we are and who they are over TLS. */
export function withTls(command: Command): Command {
  return command
    .option("--tls", "NETCONF over TLS (RFC 7589) instead of SSH")
    .option("--cert <file>", "TLS: our certificate in PEM, and those between it and the peer's authority")
    .option("--key <file>", "TLS: the private key of our certificate, in PEM")
    .option("--ca <file>", "TLS: authorities in PEM that may vouch for the device (repeatable)", collect)
    .option("--server-name <name>", "TLS: the name in the device's certificate (default: the host of the target)")
    .option(
      "--pin <fingerprint>",
      "TLS: SHA-256 of the device's certificate, with or without --ca (repeatable)",
      collect,
    );
}

const TLS_ONLY = new Map<keyof TlsSessionOptions, string>([
  ["cert", "--cert"],
  ["key", "--key"],
  ["ca", "--ca"],
  ["serverName", "--server-name"],
  ["pin", "--pin"],
]);

/** @throws UsageError for an option of TLS without `--tls`: whoever gives it believes that it protects something */
export function forbidTls(options: TlsSessionOptions): void {
  for (const [name, flag] of TLS_ONLY) {
    if (options[name] !== undefined)
      throw new UsageError(`${flag} has a meaning with --tls only`, { hint: "add --tls" });
  }
}

/** The options of SSH, and whether a jump host on the way has a use for them. */
const SSH_ONLY = new Map<string, { readonly flag: string; readonly forJump: boolean }>([
  ["user", { flag: "--user", forJump: false }],
  ["identity", { flag: "--identity", forJump: true }],
  ["agent", { flag: "--agent", forJump: true }],
  ["passwordEnv", { flag: "--password-env", forJump: false }],
  ["passwordFile", { flag: "--password-file", forJump: false }],
  ["askPassword", { flag: "--ask-password", forJump: false }],
  ["knownHosts", { flag: "--known-hosts", forJump: true }],
  ["hostKey", { flag: "--host-key", forJump: false }],
  ["acceptNew", { flag: "--accept-new", forJump: true }],
  ["keepalive", { flag: "--keepalive", forJump: true }],
]);

/** @throws UsageError for an option of SSH with `--tls` */
export function forbidSsh(options: { readonly jump?: string }): void {
  const given = new Map(Object.entries(options));
  for (const [name, { flag, forJump }] of SSH_ONLY) {
    if (given.get(name) === undefined || (forJump && options.jump !== undefined)) continue;
    throw new UsageError(`${flag} has no meaning with --tls`, {
      hint:
        name === "user" || name === "identity"
          ? "with TLS our certificate says who we are: --cert and --key"
          : "with TLS --ca or --pin say who the device is",
    });
  }
}

/** `SHA256:` and pairs of hex digits, as `openssl x509 -fingerprint -sha256` prints them; other spellings are forgiven. */
export function normalPin(text: string): string {
  const digits = text.replace(/^sha-?256(\s+fingerprint)?[:=]/i, "").replaceAll(":", "");
  if (!/^[\da-f]{64}$/i.test(digits)) {
    throw new UsageError(`"${text}" is not the SHA-256 of a certificate`, {
      hint: "openssl x509 -in device.pem -noout -fingerprint -sha256 prints it",
    });
  }
  return `SHA256:${(digits.toUpperCase().match(/../g) ?? []).join(":")}`;
}

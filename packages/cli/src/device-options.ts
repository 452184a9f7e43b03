import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileStorage } from "@netconf-kit/node-adapter";
import type { Command } from "commander";
import {
  type AuthenticateClient,
  allowLogin,
  type CryptoProvider,
  createNetconfServer,
  fingerprintSha256,
  formatPrivateKey,
  generateKey,
  type NetconfServer,
  type NodeDescription,
  type PrivateKey,
  parseAuthorizedKeys,
  parsePrivateKey,
  type Secure,
} from "netconf-kit";
import { readConfigFile } from "./content-options.ts";
import { cryptoProvider } from "./crypto.ts";
import { type DeviceTlsOptions, deviceTls, withDeviceTls } from "./device-tls.ts";
import { UsageError } from "./exit-codes.ts";
import { readKey } from "./key-file.ts";
import { readPassword, readText } from "./secrets.ts";
import { withReporting } from "./session-options.ts";
import type { Terminal } from "./terminal.ts";
import { wellKnownLists } from "./well-known-lists.ts";

/** What `serve` and `call-home` take: the device itself. */
export interface DeviceOptions extends DeviceTlsOptions {
  readonly hostKey?: string;
  readonly authorizedKeys?: string;
  readonly passwordEnv?: string;
  readonly data?: string;
  readonly state?: string;
  readonly lists?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Adds the options of a device to a command. */
export function withDevice(command: Command): Command {
  return withReporting(
    withDeviceTls(command)
      .option("--host-key <file>", "OpenSSH private key of the device; without it one is made, and kept with --state")
      .option("--authorized-keys <file>", "public keys that may log in, as sshd has them")
      .option("-u, --user <name>", "the only user name that may log in, over TLS everybody's; without it any name may")
      .option("--password-env <name>", "environment variable that holds a password that may log in; needs --user")
      .option("--data <file>", "configuration at the first start: XML, <config> or what stands in it")
      .option("--state <dir>", "folder that keeps configuration and host key over a restart")
      .option("--lists <file>", "JSON: the lists in the data and their keys, beside the well-known ones"),
  );
}

/** A device ready to serve connections, over SSH or TLS. */
export type Device = { readonly server: NetconfServer } & (SshEnd | TlsEnd);

interface SshEnd {
  readonly hostKeys: readonly PrivateKey[];
  readonly authenticate: AuthenticateClient;
  readonly provider: CryptoProvider;
}

interface TlsEnd {
  readonly tls: Secure;
}

/** Makes the device that the options describe. */
export async function openDevice(options: DeviceOptions, terminal: Terminal): Promise<Device> {
  if (options.state !== undefined) mkdirSync(options.state, { recursive: true, mode: 0o700 });
  const end = options.tls === true ? await tlsEnd(options, terminal) : await sshEnd(options, terminal);
  const server = await createNetconfServer({
    schema: [...wellKnownLists, ...listsOf(options.lists)],
    ...(options.data !== undefined && { initial: readConfigFile(options.data) }),
    ...(options.state !== undefined && { storage: fileStorage(join(options.state, "running.xml")) }),
    onError: (error) => terminal.err(`error: ${error instanceof Error ? error.message : String(error)}`),
  });
  return { server, ...end };
}

async function sshEnd(options: DeviceOptions, terminal: Terminal): Promise<SshEnd> {
  const { cert, key, ca, certToName } = options;
  if ([cert, key, ca, certToName].some((each) => each !== undefined)) {
    throw new UsageError("--cert, --key, --ca and --cert-to-name have a meaning with --tls only", {
      hint: "add --tls",
    });
  }
  const authenticate = await whoMayLogIn(options, terminal);
  const hostKey = await hostKeyOf(options);
  terminal.err(`host key ${fingerprintSha256(hostKey.publicBlob)} (${hostKey.type})`);
  return { hostKeys: [hostKey], authenticate, provider: cryptoProvider };
}

async function tlsEnd(options: DeviceOptions, terminal: Terminal): Promise<TlsEnd> {
  const { hostKey, authorizedKeys, passwordEnv } = options;
  if ([hostKey, authorizedKeys, passwordEnv].some((each) => each !== undefined)) {
    throw new UsageError("--host-key, --authorized-keys and --password-env have no meaning with --tls");
  }
  return { tls: await deviceTls(options, terminal) };
}

/** A key given, a key kept, or a key made on the spot. */
async function hostKeyOf(options: DeviceOptions): Promise<PrivateKey> {
  if (options.hostKey !== undefined) return readKey(options.hostKey);
  const make = (): PrivateKey => generateKey("ssh-ed25519", (length) => new Uint8Array(randomBytes(length)));
  if (options.state === undefined) return make();
  const storage = fileStorage(join(options.state, "ssh_host_ed25519_key"));
  const kept = await storage.load();
  if (kept !== undefined) return parsePrivateKey(new TextDecoder().decode(kept));
  const made = make();
  await storage.save(new TextEncoder().encode(formatPrivateKey(made)));
  return made;
}

/** @throws UsageError when it would be nobody */
export async function whoMayLogIn(options: DeviceOptions, terminal: Terminal): Promise<AuthenticateClient> {
  const lines = options.authorizedKeys === undefined ? "" : readText(options.authorizedKeys, "the authorized keys");
  const authorizedKeys = parseAuthorizedKeys(lines);
  for (const { line, message } of authorizedKeys.problems)
    terminal.err(`authorized keys, line ${line} lets nobody in: ${message}`);
  const password = await readPassword(
    options.passwordEnv === undefined ? {} : { passwordEnv: options.passwordEnv },
    "",
  );
  if (authorizedKeys.entries.length === 0 && password === undefined) {
    throw new UsageError("nobody could log in", {
      hint: "name public keys with --authorized-keys, or a password with --user and --password-env",
    });
  }
  if (password !== undefined && options.user === undefined) {
    throw new UsageError("a password goes with a user name", { hint: "add --user NAME" });
  }
  return allowLogin({
    ...(options.user !== undefined && { username: options.user }),
    authorizedKeys,
    ...(password !== undefined && { password }),
  });
}

/** The lists that the file names. */
export function listsOf(path: string | undefined): readonly NodeDescription[] {
  if (path === undefined) return [];
  const text = readText(path, "the list keys");
  try {
    return asDescriptions(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      `cannot use the list keys in "${path}": ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'write [{"namespace": "urn:…", "path": ["servers", "server"], "keys": ["name"]}]',
        cause,
      },
    );
  }
}

function asDescriptions(value: unknown): readonly NodeDescription[] {
  if (!Array.isArray(value)) throw new Error("it is not an array");
  return value.map((entry: unknown) => {
    if (!isDescription(entry)) throw new Error(`${JSON.stringify(entry)} is not a list with namespace, path and keys`);
    return entry;
  });
}

function isDescription(entry: unknown): entry is { namespace: string; path: string[]; keys: string[] } {
  if (
    typeof entry !== "object" ||
    entry === null ||
    !("namespace" in entry) ||
    !("path" in entry) ||
    !("keys" in entry)
  )
    return false;
  const strings = (list: unknown): boolean => Array.isArray(list) && list.every((each) => typeof each === "string");
  return typeof entry.namespace === "string" && strings(entry.path) && strings(entry.keys);
}

import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PeerClient, type PeerServer, peerClient, peerServer, waitForEvent } from "./json-events.ts";
import { type KeyPair, type PeerProcess, startProcess, tempFolder, writeConfig } from "./process.ts";

/** SSH names, best first; what is absent is Erlang's own choice. */
export interface ErlangAlgorithms {
  readonly kex?: readonly string[];
  readonly cipher?: readonly string[];
  readonly mac?: readonly string[];
  /** Signatures of host keys and users' keys. */
  readonly publicKey?: readonly string[];
  /** Keys are exchanged anew after so many bytes; Erlang looks once a minute. */
  readonly rekeyBytes?: number;
}

export interface ErlangClientOptions {
  /** The port to dial, or to listen on. */
  readonly port: number;
  /** Be a Call Home manager: SSH client on an accepted socket. */
  readonly listen?: boolean;
  readonly user: string;
  readonly userKey?: KeyPair;
  readonly password?: string;
  /** "SHA256:…" of the only host key that is accepted. */
  readonly hostKeyFingerprint: string;
  readonly algorithms?: ErlangAlgorithms;
  /** Base versions that the hello offers. Default both. */
  readonly versions?: readonly ("1.0" | "1.1")[];
  /** XML of each operation to send, without `<rpc>`; `<close-session/>` follows by itself. Default one get-config. */
  readonly operations?: readonly string[];
}

/** A NETCONF client over Erlang's ssh. When the promise resolves, one with `listen` listens. */
export async function startErlangClient(options: ErlangClientOptions): Promise<PeerClient> {
  const { port, listen = false, user, userKey, password, hostKeyFingerprint, algorithms, versions } = options;
  const folder = tempFolder();
  if (userKey !== undefined) copyKey(userKey, folder.path, `id_${keyName(userKey)}`);
  const { operations = ["<get-config><source><running/></source></get-config>"] } = options;
  writeConfig(folder.path, "operations", [operations.join("\0")]);
  const settings = { user, password, fingerprint: hostKeyFingerprint, versions, ...algorithms };
  const peer = start("client", listen ? "listen" : "dial", port, folder, settings);
  if (listen) await waitForEvent(peer, "listening", 15_000);
  return peerClient(peer);
}

export interface ErlangServerOptions {
  /** The port to listen on, or to dial. */
  readonly port: number;
  /** Be a Call Home device: SSH server on a socket that it dialled, one connection, then the end. */
  readonly dial?: boolean;
  readonly hostKeys: readonly KeyPair[];
  /** The user with the password. Erlang takes an authorized key for any user name. */
  readonly user: string;
  readonly authorizedKeyLine?: string;
  readonly password?: string;
  readonly algorithms?: ErlangAlgorithms;
  /** Base versions that the hello offers. Default both. */
  readonly versions?: readonly ("1.0" | "1.1")[];
  /** How much filler a reply to get or get-config carries. Default 0. */
  readonly dataBytes?: number;
}

/**
 * A tiny NETCONF server over Erlang's ssh. When the promise resolves, it listens, or dials. Events: `listening`,
 * `connected` (`username`, `method`), `hello` (`base`, `capabilities`), `rpc` (`operation`), `closed` (`error`),
 * `failed` (`error`, a login that failed).
 */
export async function startErlangServer(options: ErlangServerOptions): Promise<PeerServer> {
  const { port, dial = false, hostKeys, user, authorizedKeyLine, password, algorithms, versions, dataBytes } = options;
  const folder = tempFolder();
  for (const key of hostKeys) copyKey(key, folder.path, `ssh_host_${keyName(key)}_key`);
  writeConfig(folder.path, "authorized_keys", authorizedKeyLine === undefined ? [] : [authorizedKeyLine]);
  const settings = { user, password, versions, dataBytes, ...algorithms };
  const peer = start("server", dial ? "dial" : "listen", port, folder, settings);
  if (!dial) await waitForEvent(peer, "listening", 15_000);
  return peerServer(peer);
}

type Settings = Readonly<Record<string, string | number | readonly string[] | undefined>>;

function start(
  role: string,
  way: string,
  port: number,
  folder: ReturnType<typeof tempFolder>,
  settings: Settings,
): PeerProcess {
  const pairs = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const peer = startProcess("/usr/bin/escript", [program, role, way, String(port), folder.path, ...pairs]);
  peer.child.once("close", folder.remove);
  return peer;
}

/** The file names that Erlang looks for have the type in them. */
function keyName(key: KeyPair): string {
  const [type = ""] = key.publicLine.split(" ");
  return type.startsWith("ecdsa") ? "ecdsa" : type.replace("ssh-", "");
}

function copyKey(key: KeyPair, folder: string, name: string): void {
  copyFileSync(key.file, join(folder, name));
  chmodSync(join(folder, name), 0o600);
  writeConfig(folder, `${name}.pub`, [key.publicLine]);
}

const program = fileURLToPath(new URL("erlang/netconf.escript", import.meta.url));

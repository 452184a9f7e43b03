import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PeerClient, type PeerServer, peerClient, peerServer } from "./json-events.ts";
import { type KeyPair, startProcess, tempFolder, waitForListener, writeConfig } from "./process.ts";

/** One operation and its argument; those without one take "". Absent targets: edit-config goes to candidate. */
export type Libnetconf2Operation =
  | readonly ["get" | "get-config", filter: string]
  | readonly ["edit-config" | "edit-running", config: string]
  | readonly ["lock" | "unlock" | "validate" | "commit" | "discard" | "notification", ""]
  | readonly ["subscribe", stream: string]
  | readonly ["raw", xml: string];

export interface Libnetconf2ClientOptions {
  /** The port to dial, or to listen on. */
  readonly port: number;
  /** Be a Call Home manager for one connection. */
  readonly listen?: boolean;
  readonly user: string;
  readonly userKey?: KeyPair;
  readonly password?: string;
  /** "SHA256:…" of the only host key that is accepted. */
  readonly hostKeyFingerprint: string;
  /** Default one get-config. The library refuses what its YANG modules do not allow: that reply is "". */
  readonly operations?: readonly Libnetconf2Operation[];
}

/** A NETCONF client on libnetconf2. When the promise resolves, one with `listen` listens. */
export async function startLibnetconf2Client(options: Libnetconf2ClientOptions): Promise<PeerClient> {
  const { port, listen = false, user, userKey, password = "", hostKeyFingerprint } = options;
  const { operations = [["get-config", ""] as const] } = options;
  const folder = tempFolder();
  copyModules(folder.path);
  const peer = startProcess(compile("client"), [
    ...[listen ? "listen" : "dial", String(port), user, password, userKey?.file ?? "", hostKeyFingerprint, folder.path],
    ...operations.flat(),
  ]);
  peer.child.once("close", folder.remove);
  if (listen) await waitForListener(port, 10_000, peer);
  return peerClient(peer);
}

export interface Libnetconf2ServerOptions {
  /** The port to listen on, or to dial. */
  readonly port: number;
  /** Be a Call Home device with a persistent connection: it dials again when a session has ended. */
  readonly dial?: boolean;
  /** RSA and ECDSA only, made with `pem: true`. */
  readonly hostKeys: readonly KeyPair[];
  readonly user: string;
  readonly authorizedKeyLine?: string;
  readonly password?: string;
}

/**
 * A NETCONF server on libnetconf2, with `ietf-system` (host name "peer") in its running datastore: get, get-config,
 * edit-config of running, lock, unlock and close-session work. Both base versions are offered. When the promise resolves,
 * it listens, or dials. Events: `listening`, `connected` (`username`, `base`), `rpc` (`operation`), `closed` (`error`).
 */
export async function startLibnetconf2Server(options: Libnetconf2ServerOptions): Promise<PeerServer> {
  const { port, dial = false, hostKeys, user, authorizedKeyLine, password = "" } = options;
  const folder = tempFolder();
  copyModules(folder.path);
  const key = authorizedKeyLine === undefined ? "" : writeConfig(folder.path, "authorized.pub", [authorizedKeyLine]);
  const peer = startProcess(compile("server"), [
    ...[dial ? "dial" : "listen", String(port), user, password, key, folder.path],
    ...hostKeys.map(({ file }) => file),
  ]);
  peer.child.once("close", folder.remove);
  if (!dial) await waitForListener(port, 10_000, peer);
  return peerServer(peer);
}

/** The client wants one folder, which it writes into: each peer has a copy of its own. */
function copyModules(folder: string): void {
  for (const part of ["ietf", "ietf-derived", "netconfcentral"]) {
    const source = join("/usr/share/yuma/modules", part);
    for (const name of readdirSync(source)) copyFileSync(join(source, name), join(folder, name));
  }
}

/** Compiles a program once for each state of its source; the result is kept in the system's temporary folder. */
function compile(name: "client" | "server"): string {
  const source = fileURLToPath(new URL(`libnetconf2/${name}.c`, import.meta.url));
  const header = fileURLToPath(new URL("libnetconf2/events.h", import.meta.url));
  const flags = execFileSync("pkg-config", ["--cflags", "--libs", "libnetconf2", "libyang", "libssh"], {
    encoding: "utf8",
  });
  const hash = createHash("sha256").update(flags);
  for (const file of [source, header]) hash.update(readFileSync(file));
  const folder = join(tmpdir(), "netconf-kit-libnetconf2");
  const program = join(folder, `${name}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // Made aside and renamed: another run may be at the same.
  const aside = `${program}.${process.pid}`;
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  execFileSync("gcc", [
    "-std=gnu11",
    "-O1",
    ...warnings,
    "-o",
    aside,
    source,
    ...flags.trim().split(/\s+/),
    "-lpthread",
  ]);
  renameSync(aside, program);
  return program;
}

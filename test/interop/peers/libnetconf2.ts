import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compileProgram } from "./compile-program.ts";
import { type PeerClient, type PeerServer, peerClient, peerServer } from "./json-events.ts";
import { type KeyPair, startProcess, tempFolder, waitForListener, writeConfig } from "./process.ts";

const LIBRARIES = ["libnetconf2", "libyang", "libssh"];

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

/** The same over TLS: its own certificate, and the file of the only authority that it trusts. */
export interface Libnetconf2TlsOptions {
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly authorityFile: string;
}

/** A NETCONF client on libnetconf2. When the promise resolves, one with `listen` listens. */
export function startLibnetconf2Client(options: Libnetconf2ClientOptions): Promise<PeerClient> {
  const { port, listen = false, user, userKey, password = "", hostKeyFingerprint, operations } = options;
  const access = [user, password, userKey?.file ?? "", hostKeyFingerprint];
  return startClient(listen ? "listen" : "dial", port, access, operations);
}

/** A NETCONF client over TLS. Where it dials, the certificate has to carry the address; in Call Home it compares no name. */
export function startLibnetconf2TlsClient(
  options: Libnetconf2TlsOptions & Pick<Libnetconf2ClientOptions, "listen" | "operations">,
): Promise<PeerClient> {
  const { port, listen = false, certFile, keyFile, authorityFile, operations } = options;
  return startClient(listen ? "tls-listen" : "tls-dial", port, [certFile, keyFile, authorityFile, ""], operations);
}

type Mode = "listen" | "dial" | "tls-listen" | "tls-dial";

async function startClient(
  mode: Mode,
  port: number,
  access: readonly string[],
  operations: readonly Libnetconf2Operation[] = [["get-config", ""]],
): Promise<PeerClient> {
  const folder = tempFolder();
  copyModules(folder.path);
  const args = [mode, String(port), ...access, folder.path, ...operations.flat()];
  const peer = startProcess(compileProgram("libnetconf2/client.c", LIBRARIES), args);
  peer.child.once("close", folder.remove);
  if (mode.endsWith("listen")) await waitForListener(port, 20_000, peer);
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
export function startLibnetconf2Server(options: Libnetconf2ServerOptions): Promise<PeerServer> {
  const { port, dial = false, hostKeys, user, authorizedKeyLine, password = "" } = options;
  const folder = tempFolder();
  const key = authorizedKeyLine === undefined ? "" : writeConfig(folder.path, "authorized.pub", [authorizedKeyLine]);
  const files = hostKeys.map(({ file }) => file);
  return startServer(folder, dial ? "dial" : "listen", port, [user, password, key], files);
}

/**
 * The same server over TLS. Who has a certificate of the authority gets in, under its first alternative name;
 * `authorityFingerprint` is `04:…`.
 */
export function startLibnetconf2TlsServer(
  options: Libnetconf2TlsOptions & { readonly dial?: boolean; readonly authorityFingerprint: string },
): Promise<PeerServer> {
  const { port, dial = false, certFile, keyFile, authorityFile, authorityFingerprint } = options;
  const access = [certFile, keyFile, authorityFile];
  return startServer(tempFolder(), dial ? "tls-dial" : "tls-listen", port, access, [authorityFingerprint]);
}

async function startServer(
  folder: ReturnType<typeof tempFolder>,
  mode: Mode,
  port: number,
  access: readonly string[],
  more: readonly string[],
): Promise<PeerServer> {
  copyModules(folder.path);
  const args = [mode, String(port), ...access, folder.path, ...more];
  const peer = startProcess(compileProgram("libnetconf2/server.c", LIBRARIES), args);
  peer.child.once("close", folder.remove);
  if (mode.endsWith("listen")) await waitForListener(port, 20_000, peer);
  return peerServer(peer);
}

/** The client wants one folder, which it writes into: each peer has a copy of its own. */
function copyModules(folder: string): void {
  for (const part of ["ietf", "ietf-derived", "netconfcentral"]) {
    const source = join("/usr/share/yuma/modules", part);
    for (const name of readdirSync(source)) copyFileSync(join(source, name), join(folder, name));
  }
}

import { fileURLToPath } from "node:url";
import { type PeerClient, type PeerServer, peerClient, peerServer, waitForEvent } from "./json-events.ts";
import { startProcess } from "./process.ts";

/** SSH names, best first; what is absent is asyncssh's own choice. */
export interface AsyncsshAlgorithms {
  readonly kex?: readonly string[];
  readonly encryption?: readonly string[];
  readonly mac?: readonly string[];
  readonly compression?: readonly string[];
  /** Signatures of host keys, such as "rsa-sha2-512". */
  readonly hostKeyAlgorithms?: readonly string[];
  /** Keys are exchanged anew after asyncssh has sent so many bytes. */
  readonly rekeyBytes?: number;
}

export interface AsyncsshClientOptions {
  /** The port to dial, or to listen on. */
  readonly port: number;
  /** Be a Call Home manager (`listen_reverse`). */
  readonly listen?: boolean;
  readonly user: string;
  readonly userKeyFile?: string;
  readonly password?: string;
  /** The only host key that is accepted, as "type base64". */
  readonly hostKeyLine: string;
  readonly algorithms?: AsyncsshAlgorithms;
  /** Base versions that the hello offers. Default both. */
  readonly versions?: readonly ("1.0" | "1.1")[];
  /** XML of each operation to send, without `<rpc>`; `<close-session/>` follows by itself. Default one get-config. */
  readonly operations?: readonly string[];
}

/** A NETCONF client over asyncssh. When the promise resolves, one with `listen` listens. */
export async function startAsyncsshClient(options: AsyncsshClientOptions): Promise<PeerClient> {
  const { userKeyFile, hostKeyLine, listen = false, versions = ["1.0", "1.1"], ...rest } = options;
  const { operations = ["<get-config><source><running/></source></get-config>"] } = options;
  const request = { ...rest, listen, versions, operations, key: userKeyFile, hostKey: hostKeyLine };
  const peer = startProcess("/usr/bin/python3", ["-B", program("client")], { input: JSON.stringify(request) });
  if (listen) await waitForEvent(peer, "listening", 10_000);
  return peerClient(peer);
}

export interface AsyncsshServerOptions {
  /** The port to listen on, or to dial. */
  readonly port: number;
  /** Be a Call Home device (`connect_reverse`): one connection, then the end. */
  readonly dial?: boolean;
  /** Files of private keys. */
  readonly hostKeyFiles: readonly string[];
  /** Who may log in, and how: with a key ("type base64"), with a password, or with either. */
  readonly user: string;
  readonly authorizedKeyLine?: string;
  readonly password?: string;
  readonly algorithms?: AsyncsshAlgorithms;
  /** Base versions that the hello offers. Default both. */
  readonly versions?: readonly ("1.0" | "1.1")[];
  /** How much filler a reply to get or get-config carries. Default 0. */
  readonly dataBytes?: number;
}

/**
 * A tiny NETCONF server over asyncssh. When the promise resolves, it listens, or dials. Events: `listening`, `connected`
 * (`send_cipher`, `username`, …), `hello` (`base`, `capabilities`), `rpc` (`operation`), `closed` (`error`,
 * `keyExchanges`), `failed` (`error`).
 */
export async function startAsyncsshServer(options: AsyncsshServerOptions): Promise<PeerServer> {
  const { hostKeyFiles, authorizedKeyLine, dial = false, versions = ["1.0", "1.1"], dataBytes = 0, ...rest } = options;
  const request = { ...rest, dial, versions, dataBytes, hostKeys: hostKeyFiles, authorizedKey: authorizedKeyLine };
  const peer = startProcess("/usr/bin/python3", ["-B", program("server")], { input: JSON.stringify(request) });
  if (!dial) await waitForEvent(peer, "listening", 10_000);
  return peerServer(peer);
}

function program(name: string): string {
  return fileURLToPath(new URL(`asyncssh/${name}.py`, import.meta.url));
}

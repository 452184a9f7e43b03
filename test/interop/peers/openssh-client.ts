import { fileURLToPath } from "node:url";
import { type PeerProcess, startProcess, tempFolder, waitForListener, writeConfig } from "./process.ts";

export interface OpensshClientOptions {
  /** The port to dial; with `listen`, the port to listen on (on 127.0.0.1). */
  readonly port: number;
  readonly user: string;
  /** The private key's file. */
  readonly userKeyFile: string;
  /** The only host key that is accepted, as "type base64". */
  readonly hostKeyLine: string;
  /**
   * Be a Call Home manager: accept one connection and be SSH client on it. "fdpass" gives ssh the TCP socket itself;
   * "socat" stands between with a pipe.
   */
  readonly listen?: "fdpass" | "socat";
  /** More settings for `-o`, such as "RekeyLimit=64K" or "Ciphers=aes128-gcm@openssh.com". They win over ours. */
  readonly settings?: readonly string[];
  /** Standard input, and then its end. Absent: it stays open for `converse`. */
  readonly input?: Uint8Array | string;
  /** Default "netconf". */
  readonly subsystem?: string;
  /** Instead of a subsystem: a connection to `host:port` through the server (`-W`). */
  readonly forwardTo?: string;
}

/**
 * OpenSSH's `ssh -s … netconf`; as a listener it is ready when the promise resolves. What the subsystem sends is on
 * `stdout()`, and ssh's own words (`-v`) are in `log()`.
 */
export async function startOpensshClient(options: OpensshClientOptions): Promise<PeerProcess> {
  const folder = tempFolder();
  const knownHosts = writeConfig(folder.path, "known_hosts", [`peer ${options.hostKeyLine}`]);
  const { port } = options;
  const listen = {
    none: [],
    // No "reuseaddr" is needed: the port is fresh.
    socat: [`ProxyCommand=socat STDIO TCP4-LISTEN:${port},bind=127.0.0.1`],
    fdpass: ["ProxyUseFdpass=yes", `ProxyCommand=/usr/bin/python3 ${acceptAndPass} ${port}`],
  }[options.listen ?? "none"];
  const settings = [
    ...(options.settings ?? []),
    ...listen,
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    `IdentityFile=${options.userKeyFile}`,
    // The name that the host key is filed under: the address alone says nothing in a Call Home.
    "HostKeyAlias=peer",
    `UserKnownHostsFile=${knownHosts}`,
    "GlobalKnownHostsFile=none",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
  ];
  const peer = startProcess(
    "ssh",
    [
      "-v",
      ...["-F", "none", "-p", String(port), "-l", options.user],
      ...settings.flatMap((setting) => ["-o", setting]),
      ...(options.forwardTo === undefined
        ? ["-s", "127.0.0.1", options.subsystem ?? "netconf"]
        : ["-W", options.forwardTo, "127.0.0.1"]),
    ],
    options.input === undefined ? {} : { input: options.input },
  );
  peer.child.once("close", folder.remove);
  if (options.listen !== undefined) await waitForListener(port, 20_000, peer);
  return peer;
}

const acceptAndPass = fileURLToPath(new URL("accept-and-pass.py", import.meta.url));

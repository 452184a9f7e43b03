import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PeerProcess, startProcess, tempFolder, waitForListener } from "./process.ts";

/** One thing that ncclient does in its session. Absent targets are "candidate", absent sources of get-config "running". */
export type NcclientStep =
  | { readonly do: "get"; readonly filter?: string }
  | { readonly do: "get-config"; readonly source?: string; readonly filter?: string }
  | { readonly do: "edit-config"; readonly config: string; readonly target?: string }
  | { readonly do: "copy-config"; readonly source: string; readonly target: string }
  | { readonly do: "delete-config"; readonly target: string }
  | { readonly do: "lock" | "unlock"; readonly target?: string }
  | { readonly do: "validate"; readonly source?: string }
  | { readonly do: "commit"; readonly confirmed?: boolean; readonly timeout?: string }
  | { readonly do: "create-subscription"; readonly stream?: string }
  | { readonly do: "take-notification"; readonly seconds?: number }
  | { readonly do: "rpc"; readonly xml: string }
  | { readonly do: "discard-changes" | "close-session" };

export interface NcclientOptions {
  /** The port to dial; for a Call Home the port to listen on, which must be fresh. */
  readonly port: number;
  readonly user: string;
  /** The private key's file, or a password. */
  readonly userKeyFile?: string;
  readonly password?: string;
  /** The only host key that is accepted: the wire form in base64. */
  readonly hostKeyBase64: string;
  /** ncclient's device handler: "default", "junos", "nexus", "iosxr", "huawei", … */
  readonly device?: string;
  readonly script?: readonly NcclientStep[];
}

export interface NcclientResult {
  readonly connected: boolean;
  /** Why there was no session. */
  readonly error?: string;
  readonly sessionId?: string;
  readonly base?: "1.0" | "1.1";
  readonly capabilities?: readonly string[];
  /** One for each step of the script, in order; a failed step does not end the script. */
  readonly steps?: readonly {
    readonly do: string;
    readonly ok: boolean;
    readonly data?: string;
    readonly okElement?: boolean;
    readonly rpcError?: Readonly<Record<"type" | "severity" | "tag" | "path" | "message" | "app_tag", string | null>>;
    readonly error?: string;
  }[];
}

/** ncclient as a client that dials. The session ends with `<close-session>`. */
export async function ncclientConnect(options: NcclientOptions): Promise<NcclientResult> {
  return resultOf(start(options, false));
}

/**
 * ncclient as a Call Home manager (`manager.call_home`). Resolves when it listens: it accepts one connection, for 10
 * seconds. Then `result()` waits for the end of the session.
 */
export async function ncclientCallHome(
  options: NcclientOptions,
): Promise<{ readonly result: () => Promise<NcclientResult>; readonly stop: () => Promise<void> }> {
  const peer = start(options, true);
  await waitForListener(options.port, 20_000, peer);
  return { result: () => resultOf(peer), stop: peer.stop };
}

/**
 * All that a manager does in a working day: reading, a candidate edited under lock, a discarded edit, an error, an event.
 * `config` is an `<config>` element that changes something; `changed` another one that changes it again.
 */
export function ncclientScript(config: string, changed: string, filter: string): readonly NcclientStep[] {
  return [
    { do: "get-config" },
    { do: "lock" },
    { do: "edit-config", config },
    { do: "commit" },
    { do: "validate" },
    { do: "get-config", filter },
    { do: "get", filter },
    { do: "edit-config", config: changed },
    { do: "discard-changes" },
    { do: "unlock" },
    { do: "get-config", filter },
    { do: "rpc", xml: '<no-such-operation xmlns="urn:example:none"/>' },
    { do: "create-subscription" },
    { do: "edit-config", config: changed },
    { do: "commit" },
    { do: "take-notification" },
  ];
}

function start(options: NcclientOptions, listen: boolean): PeerProcess {
  const { port, user, userKeyFile, password, hostKeyBase64, device, script = [{ do: "get-config" }] } = options;
  const folder = tempFolder();
  const key = userKeyFile === undefined ? undefined : readableKey(userKeyFile, folder.path);
  const request = { listen, port, user, key, password, hostKey: hostKeyBase64, device, script };
  // Debian's own Python: another one that comes first on PATH would lack the module.
  const peer = startProcess("/usr/bin/python3", ["-B", program], { input: JSON.stringify(request) });
  peer.child.once("close", folder.remove);
  return peer;
}

/** A copy in PEM form where there is one: paramiko 2.12 fails to read every other ECDSA key in OpenSSH's form. */
function readableKey(file: string, folder: string): string {
  const copy = join(folder, "key");
  copyFileSync(file, copy);
  execFileSync("ssh-keygen", ["-q", "-p", "-m", "PEM", "-P", "", "-N", "", "-f", copy], { stdio: "pipe" });
  return copy;
}

async function resultOf(peer: PeerProcess): Promise<NcclientResult> {
  try {
    await peer.exited(45_000);
    // `as`: the program's own words, which follow this type; a wrong one fails the test that looks at it.
    return JSON.parse(peer.stdout().toString()) as NcclientResult;
  } catch (error) {
    throw new Error(`ncclient gave no result\n${peer.log()}`, { cause: error });
  } finally {
    await peer.stop();
  }
}

const program = fileURLToPath(new URL("ncclient/session.py", import.meta.url));

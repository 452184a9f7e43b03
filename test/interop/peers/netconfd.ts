import { rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PeerProcess, pause, startProcess, tempFolder, writeConfig } from "./process.ts";

export interface NetconfdOptions {
  /** Which base versions the hello offers. Default "both". */
  readonly protocols?: "1.0" | "1.1" | "both";
  /** What `edit-config` writes to: `:candidate` or `:writable-running`. Default "candidate". */
  readonly target?: "candidate" | "running";
  /** Offer `:startup`: running is then kept by `copy-config` only. Default false. */
  readonly startup?: boolean;
  /**
   * Start `netconf-subsystem` bare. netconfd leaves an RPC unread that arrives together with the client's hello, until
   * more input comes; so by default what follows the hello is held back for 300 ms. In the field nobody does that. Default
   * false.
   */
  readonly bare?: boolean;
}

export interface Netconfd {
  /** The program that sshd's line `Subsystem netconf` names. */
  readonly subsystem: string;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts yuma123's `netconfd` on a Unix socket of its own, for `netconf-subsystem` to connect to.
 *
 * Data to edit; no code stands behind the first two, so each legal edit is taken and comes back:
 * - `urn:ietf:params:xml:ns:yang:ietf-interfaces`: `interfaces/interface`, a list with key `name`; `type` is mandatory,
 *   an identity of `urn:ietf:params:xml:ns:yang:iana-if-type` such as `softwareLoopback`; `enabled` defaults to true
 * - `urn:ietf:params:xml:ns:yang:ietf-system`: `system/contact`, `hostname`, `location`
 * - `http://netconfcentral.org/ns/toaster`: `toaster`, a presence container; operations `make-toast`, `cancel-toast`
 */
export async function startNetconfdProcess(options: NetconfdOptions = {}): Promise<Netconfd> {
  const folder = tempFolder();
  const socket = join(folder.path, "ncx.sock");
  // With no file of its own every commit would be written to ~/.yuma, which all instances share.
  const startup = writeConfig(folder.path, "startup.xml", [
    '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>',
  ]);
  const { protocols = "both", target = "candidate" } = options;
  const modules = ["iana-if-type", "ietf-interfaces", "ietf-system", "toaster"];
  const start = () =>
    startProcess(
      "/usr/sbin/netconfd",
      [
        `--protocols=${protocols === "both" ? "netconf1.0 netconf1.1" : `netconf${protocols}`}`,
        `--port=${sshPort}`,
        `--ncxserver-sockname=${socket}`,
        `--startup=${startup}`,
        `--target=${target}`,
        `--with-startup=${options.startup ?? false}`,
        `--superuser=${userInfo().username}`,
        ...modules.map((module) => `--module=${module}`),
      ],
      // A SIGTERM it heeds after a second only.
      { stopSignal: "SIGKILL" },
    );
  let server = start();
  for (let attempt = 1; !(await listens(server, socket, 5000)); attempt++) {
    await server.stop();
    if (attempt === 3) {
      folder.remove();
      throw new Error(`netconfd did not start\n${server.log()}`);
    }
    dropEmptyTransactionId();
    server = start();
  }
  return {
    subsystem: subsystem(folder.path, socket, options.bare ?? false),
    log: server.log,
    stop: async () => {
      await server.stop();
      folder.remove();
    },
  };
}

/** netconfd takes sessions from this server port only; nothing is bound to it. */
const sshPort = 830;

function subsystem(folder: string, socket: string, bare: boolean): string {
  // The errors go nowhere: sshd waits until nobody holds its channel's error stream.
  const held = `< <(exec /usr/bin/python3 ${holdBack} 2>/dev/null)`;
  const script = [
    "#!/bin/bash",
    // The real port is whatever the test got, and in a Call Home the one that the device dialled from.
    `export SSH_CONNECTION="\${SSH_CONNECTION% *} ${sshPort}"`,
    `exec /usr/sbin/netconf-subsystem --ncxserver-sockname=${sshPort}@${socket} ${bare ? "" : held}`,
  ];
  return writeConfig(folder, "subsystem", script, 0o755);
}

const holdBack = fileURLToPath(new URL("netconfd/hold-back.py", import.meta.url));

/** False once the server has ended. */
async function listens(server: PeerProcess, path: string, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await pause(10)) {
    if (server.child.exitCode !== null || server.child.signalCode !== null) return false;
    const open = await new Promise<boolean>((resolve) => {
      const probe = connect(path);
      probe.once("error", () => resolve(false));
      probe.once("connect", () => {
        probe.destroy();
        resolve(true);
      });
    });
    if (open) return true;
  }
  return false;
}

/**
 * All instances of a user share one file with a counter, and none starts while it is empty: it is for a moment when
 * another instance starts, and for good when one was killed in that moment.
 */
function dropEmptyTransactionId(): void {
  const file = join(userInfo().homedir, ".yuma", "startup-cfg-txid.txt");
  try {
    if (statSync(file).size === 0) rmSync(file);
  } catch {
    // There is none: that is fine.
  }
}

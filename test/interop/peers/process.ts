import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that a test started, and all that it started in turn. */
export interface PeerProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The last 4 KiB of standard output and standard error, for messages to people. */
  readonly log: () => string;
  /** What standard error said so far, its last 256 KiB: where a test looks for words, however much came on standard output. */
  readonly errors: () => string;
  /** All of standard output so far. */
  readonly stdout: () => Buffer;
  /** Resolves with the match once standard output and error together match; rejects after `ms` or at exit. */
  readonly waitForOutput: (pattern: RegExp, ms: number) => Promise<RegExpExecArray>;
  /** Resolves at the next piece of output; rejects after `ms` or at exit. */
  readonly waitForMore: (ms: number) => Promise<void>;
  /** Resolves with the exit code (or the signal's name); rejects after `ms`. */
  readonly exited: (ms: number) => Promise<number | string>;
  /** Ends the process with its whole family, politely first. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input gives: these bytes and then the end. Absent: it stays open, and `child.stdin` is the test's. */
  readonly input?: Uint8Array | string;
  /** How `stop` begins. Default SIGTERM; SIGKILL for a peer that takes its time and has nothing to tidy up. */
  readonly stopSignal?: "SIGTERM" | "SIGKILL";
}

/** Starts a peer in a process group of its own. */
export function startProcess(command: string, args: readonly string[], options: StartOptions = {}): PeerProcess {
  // A test run that is killed runs no clean-up of its own: the kernel ends the peer with the thread that started it.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const name = command.split("/").at(-1) ?? command;
  const chunks: Buffer[] = [];
  let text = "";
  let errors = "";
  let received = 0;
  let end: number | string | undefined;
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const finish = (how: number | string) => {
    end ??= how;
    wake();
  };
  const collect = (chunk: Buffer) => {
    received += chunk.length;
    text = (text + chunk.toString("latin1")).slice(-65_536);
    wake();
  };
  child.stdout.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    collect(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString("latin1")).slice(-262_144);
    collect(chunk);
  });
  // The program may be gone before it read its input; the exit is what is reported.
  child.stdin.on("error", () => {});
  child.on("error", (error) => finish(error.message));
  // "close", not "exit": by then all output has been read.
  child.on("close", (code, signal) => finish(signal ?? code ?? 0));
  if (options.input !== undefined) child.stdin.end(options.input);

  const log = () => text.slice(-4096);
  const until = <T>(what: string, ms: number, probe: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const stopWatching = () => {
        clearTimeout(timer);
        watchers.delete(check);
      };
      const fail = (why: string) => {
        stopWatching();
        reject(new Error(`waiting for ${what} of "${name}": ${why}\n${log()}`));
      };
      const check = () => {
        const found = probe();
        if (found !== undefined) {
          stopWatching();
          resolve(found);
        } else if (end !== undefined) fail(`it ended with ${end}`);
      };
      const timer = setTimeout(() => fail(`nothing within ${ms} ms`), ms);
      watchers.add(check);
      check();
    });

  return {
    pid: child.pid ?? 0,
    child,
    log,
    errors: () => errors,
    stdout: () => Buffer.concat(chunks),
    waitForOutput: (pattern, ms) => until(`output ${pattern}`, ms, () => pattern.exec(text) ?? undefined),
    waitForMore: async (ms) => {
      const before = received;
      await until("more output", ms, () => received > before || undefined);
    },
    exited: (ms) => until("the end", ms, () => end),
    stop: async () => {
      if (child.pid === undefined) return;
      // Looked up before the first signal: sshd gives every connection a session of its own, which loses its parent.
      const family = [child.pid, ...descendants(child.pid)];
      signal(family, options.stopSignal ?? "SIGTERM");
      for (let waited = 0; waited < 1500 && family.some(isAlive); waited += 20) await pause(20);
      signal(family.filter(isAlive), "SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
      finish("SIGKILL");
    },
  };
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone already.
    }
  }
}

/** `/proc/PID/stat` without the command's name, which may hold spaces: [state, parent, …]. */
function processStat(pid: number | string): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat[0] !== "Z";
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = Number(processStat(entry)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  for (let queue = [root]; queue.length > 0; ) {
    queue = queue.flatMap((pid) => children.get(pid) ?? []);
    found.push(...queue);
  }
  return found;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });
}

/** Waits until somebody accepts on the port. It connects: for a peer that accepts only once, use `waitForListener`. */
export async function waitForPort(port: number, ms: number): Promise<void> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await pause(20)) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
  }
  throw new Error(`nothing listens on port ${port} of 127.0.0.1 after ${ms} ms`);
}

/** Waits until a socket listens on the port without connecting to it: the kernel's table is read. */
export async function waitForListener(port: number, ms: number, peer?: PeerProcess): Promise<void> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  for (const deadline = Date.now() + ms; Date.now() < deadline; await pause(20)) {
    for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
      if (!existsSync(table)) continue;
      for (const line of readFileSync(table, "latin1").split("\n")) {
        // "  0: 0100007F:1F90 00000000:0000 0A …": local address, remote address, state; 0A is LISTEN.
        if (line.includes(local) && / 0A /.test(line)) return;
      }
    }
  }
  throw new Error(`nothing listens on port ${port} after ${ms} ms\n${peer?.log() ?? ""}`);
}

/** A folder for keys, configuration and sockets; gone after `remove()`. */
export function tempFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "netconf-kit-peer-"));
  folders.add(path);
  return {
    path,
    remove: () => {
      folders.delete(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const folders = new Set<string>();
// A test that fails half-way may not come to its own clean-up.
process.once("exit", () => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

export type KeyType = "ed25519" | "ecdsa-256" | "ecdsa-384" | "ecdsa-521" | "rsa-2048";

export interface KeyPair {
  /** The private key's file, readable by its owner only. */
  readonly file: string;
  /** The private key's text. */
  readonly text: string;
  /** The public key as one line, "type base64". */
  readonly publicLine: string;
  /** The public key's wire form in base64. */
  readonly publicBase64: string;
  /** "SHA256:…", as ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

/** Makes a throw-away key in `folder`. `pem` asks for the older PEM form, the only one that some libraries read. */
export function keyPair(type: KeyType, folder: string, options: { readonly pem?: boolean } = {}): KeyPair {
  const file = join(mkdtempSync(join(folder, "key-")), "key");
  const [kind = "", bits] = type.split("-");
  const size = bits === undefined ? [] : ["-b", bits];
  const form = options.pem ? ["-m", "PEM"] : [];
  execFileSync("ssh-keygen", ["-q", "-t", kind, ...size, ...form, "-N", "", "-C", "", "-f", file]);
  const [name = "", publicBase64 = ""] = readFileSync(`${file}.pub`, "utf8").trim().split(" ");
  return {
    file,
    text: readFileSync(file, "utf8"),
    publicLine: `${name} ${publicBase64}`,
    publicBase64,
    fingerprint: fingerprintOf(publicBase64),
  };
}

/** "SHA256:…" of a public key in base64, as ssh-keygen -l prints it. */
export function fingerprintOf(publicBase64: string): string {
  const digest = createHash("sha256").update(Buffer.from(publicBase64, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** Writes a file of a peer's configuration and returns its path. */
export function writeConfig(folder: string, name: string, lines: readonly string[], mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`, { mode });
  return path;
}

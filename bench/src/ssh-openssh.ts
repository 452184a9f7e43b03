import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { formatPublicKey } from "@netconf-kit/ssh";
import { benchKey, benchKeyFile, HOST_SEED, USER_SEED } from "./ssh-keys.ts";

const SSHD = "/usr/sbin/sshd";

/** OpenSSH's own pair. */
export interface Openssh {
  readonly version: string;
  /** Bytes per second of one command's input or output, from the moment it runs. */
  bulk(kind: "sink" | "source", cipher: string, bytes: number): Promise<number>;
  close(): void;
}

/** Starts an sshd; `undefined` where there is none. */
export async function startOpenssh(): Promise<Openssh | undefined> {
  if (!existsSync(SSHD)) return undefined;
  const folder = mkdtempSync("/tmp/netconf-kit-bench-");
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, 0o600);
    return path;
  };
  const userKey = benchKey(USER_SEED);
  const keys = file("authorized_keys", formatPublicKey({ ...userKey, comment: "bench" }));
  const identity = file("user_key", benchKeyFile(USER_SEED));
  const port = await freePort();
  const settings = [
    `HostKey ${file("host_key", benchKeyFile(HOST_SEED))}`,
    `AuthorizedKeysFile ${keys}`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    `ListenAddress 127.0.0.1:${port}`,
  ];
  const daemon = spawn(SSHD, ["-D", "-e", "-f", file("sshd_config", `${settings.join("\n")}\n`)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await said(daemon, /Server listening/);
  const client = ["-F", "none", "-i", identity, "-p", String(port), "-o", "StrictHostKeyChecking=no"];
  const quiet = ["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"];
  const target = `${userInfo().username}@127.0.0.1`;

  return {
    version: opensshVersion(),
    bulk: async (kind, cipher, bytes) => {
      const zeros = file("zeros", "");
      truncateSync(zeros, kind === "sink" ? bytes : 0);
      const command = kind === "sink" ? "echo runs >&2; cat > /dev/null" : `echo runs >&2; head -c ${bytes} /dev/zero`;
      const ssh = spawn("ssh", [...client, ...quiet, "-c", cipher, target, command], {
        stdio: [openSync(zeros, "r"), "ignore", "pipe"],
      });
      await said(ssh, /runs/);
      const start = performance.now();
      await new Promise((resolve) => ssh.once("exit", resolve));
      return (bytes * 1000) / (performance.now() - start);
    },
    close: () => {
      daemon.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function opensshVersion(): string {
  // It says its version on standard error.
  const { stderr } = spawnSync("ssh", ["-V"], { encoding: "utf8" });
  return /OpenSSH_([^ ,]+)/.exec(stderr)?.[1] ?? "of an unknown version";
}

function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    });
    child.once("exit", () => reject(new Error(`OpenSSH ended: ${text}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

import { chmodSync, copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileProgram } from "./compile-program.ts";
import {
  type EchoClient,
  type EchoKeys,
  type EchoServer,
  type EchoSettings,
  END_MILLISECONDS,
  hostKeyFor,
} from "./echo-peer.ts";
import { eventsOf, type PeerEvent, waitForEvent } from "./json-events.ts";
import { type PeerProcess, startProcess } from "./process.ts";

/** A program of this folder that plays both roles, as command line; the head of each says how one talks with it. */
export type EchoProgram = () => readonly [command: string, ...args: string[]];

/** Keys wear out within the payload, where a peer has a limit for that. */
const REKEY_BYTES = 56 * 1024;
const USER = "ops";

export const asyncssh: EchoProgram = () => ["/usr/bin/python3", "-B", program("asyncssh/echo.py")];
export const paramiko: EchoProgram = () => ["/usr/bin/python3", "-B", program("paramiko/echo.py")];
export const ssh2: EchoProgram = () => [process.execPath, program("ssh2/echo.mjs")];
export const erlang: EchoProgram = () => ["/usr/bin/escript", program("erlang/echo.escript")];
export const libssh: EchoProgram = () => [compileProgram("libssh/echo.c", ["libssh"])];

export function scriptedServer(program: EchoProgram): (settings: EchoSettings) => Promise<EchoServer> {
  return async (settings) => {
    const { keys } = settings;
    const process = start(program, settings);
    const { port } = await waitForEvent(process, "listening", 20_000);
    return {
      port: Number(port),
      user: USER,
      fingerprint: (algorithm) => hostKeyFor(keys.hostKeys, algorithm).fingerprint,
      open: (connection) => connection.openSubsystem("echo"),
      log: process.log,
      stop: process.stop,
    };
  };
}

/** One process for all calls: interpreters take their time to start. */
export function scriptedClient(program: EchoProgram): (settings: EchoSettings) => Promise<EchoClient> {
  return async (settings) => {
    const process = start(program, settings);
    let calls = 0;
    return {
      dial: async (port, hostKey) => {
        const call = calls++;
        process.child.stdin?.write(`${port} ${hostKey.line}\n`);
        const ended = (async () => {
          const { error } = await nthEnd(process, call);
          if (error !== null) throw new Error(String(error));
        })();
        ended.catch(() => {});
        return { ended };
      },
      log: process.log,
      stop: process.stop,
    };
  };
}

async function nthEnd(process: PeerProcess, index: number): Promise<PeerEvent> {
  for (const deadline = Date.now() + END_MILLISECONDS; ; ) {
    const end = eventsOf(process).filter(({ event }) => event === "ended")[index];
    if (end !== undefined) return end;
    await process.waitForMore(Math.max(deadline - Date.now(), 1));
  }
}

function start(program: EchoProgram, { peer, keys }: EchoSettings): PeerProcess {
  const [command, ...args] = program();
  const values = {
    user: USER,
    userKey: keys.userKey.file,
    hostKeys: keys.hostKeys.map(({ file }) => file),
    folder: erlangFolder(keys),
    ...peer.supports,
    kex: [...peer.supports.kex, ...(peer.refuses?.names ?? [])],
    ...(peer.rekeysItself && { rekeyBytes: REKEY_BYTES }),
  };
  const pairs = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return startProcess(command, [...args, peer.role, ...pairs], { stopSignal: "SIGKILL" });
}

/** The file names that Erlang looks for have the type in them; of the ECDSA keys it takes one. */
function erlangFolder(keys: EchoKeys): string {
  const folder = mkdtempSync(join(keys.folder, "erlang-"));
  const names: readonly [string, string][] = [
    [hostKeyFor(keys.hostKeys, "ssh-ed25519").file, "ssh_host_ed25519_key"],
    [hostKeyFor(keys.hostKeys, "ecdsa-sha2-nistp256").file, "ssh_host_ecdsa_key"],
    [hostKeyFor(keys.hostKeys, "rsa-sha2-256").file, "ssh_host_rsa_key"],
    [keys.userKey.file, "id_ed25519"],
  ];
  for (const [file, name] of names) {
    copyFileSync(file, join(folder, name));
    copyFileSync(`${file}.pub`, join(folder, `${name}.pub`));
    chmodSync(join(folder, name), 0o600);
  }
  writeFileSync(join(folder, "authorized_keys"), `${keys.userKey.publicLine}\n`);
  return folder;
}

function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

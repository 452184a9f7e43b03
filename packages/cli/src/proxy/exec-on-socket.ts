import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { ServedConnection } from "netconf-kit";
import { UsageError } from "../exit-codes.ts";
import type { CalledTcp } from "./called-tcp.ts";

export interface ExecOptions {
  /** Join the program by pipes, where the runtime cannot hand a socket to it. Default: in Bun and Deno. */
  readonly pipes?: boolean;
}

/** How long a program may take to end when asked to. */
const GRACE_MILLISECONDS = 5000;

/**
 * Runs a program whose standard input and output are the connection itself, as inetd does it and `sshd -i` wants it. It keeps
 * its own standard error.
 *
 * @throws UsageError when the program cannot be run
 */
export async function execOnSocket(
  [program = "", ...words]: readonly string[],
  { tcp }: CalledTcp,
  { pipes = "bun" in process.versions || "deno" in process.versions }: ExecOptions = {},
): Promise<ServedConnection> {
  const child = spawn(program, words, { stdio: pipes ? ["pipe", "pipe", "inherit"] : [tcp, tcp, "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new UsageError(`cannot run "${program}": ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  child.on("error", () => {}); // a signal that could not be sent; its end is told by "exit"
  if (pipes) joinByPipes(child, tcp);
  // The program has its own handle of the connection, which must end when the program does.
  else tcp.destroy();
  return { closed: exited.then(() => outcomeOf(child, program)), close: () => end(child, exited) };
}

function joinByPipes({ stdin, stdout }: ChildProcess, tcp: Socket): void {
  if (stdin === null || stdout === null) throw new Error("cannot happen: the pipes were asked for");
  stdin.on("error", () => tcp.destroy());
  tcp.on("error", () => stdin.destroy());
  tcp.pipe(stdin);
  stdout.pipe(tcp);
}

/** sshd ends with 255 after every connection that its client has closed. */
function outcomeOf({ exitCode, signalCode }: ChildProcess, program: string): { readonly error?: Error } {
  if (exitCode === 0 || exitCode === 255) return {};
  return { error: new Error(`${program} ended with ${signalCode ?? `exit code ${exitCode}`}`) };
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MILLISECONDS);
  await exited;
  clearTimeout(timer);
}

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EndCommand, RivalName } from "./ssh-process.ts";
import type { SshRivalOptions } from "./ssh-rival.ts";

/** Both ends of a rival, a process each. */
export interface SshEnds {
  readonly client: SshEnd;
  readonly server: SshEnd;
  readonly port: number;
  close(): Promise<void>;
}

export interface SshEnd {
  ask(command: EndCommand): Promise<number>;
}

/** Starts both processes, with these flags of Node, and the server. */
export async function startEnds(
  rival: RivalName,
  options: SshRivalOptions,
  flags: readonly string[] = [],
): Promise<SshEnds> {
  const server = startEnd(rival, options, flags);
  const client = startEnd(rival, options, flags);
  const port = await server.ask({ name: "serve" });
  return { client, server, port, close: async () => void (await Promise.all([client.stop(), server.stop()])) };
}

function startEnd(
  rival: RivalName,
  options: SshRivalOptions,
  flags: readonly string[],
): SshEnd & { stop(): Promise<void> } {
  const file = fileURLToPath(new URL("ssh-process.ts", import.meta.url));
  const child = fork(file, [rival, JSON.stringify(options)], {
    execArgv: [...process.execArgv, ...flags, "--expose-gc"],
  });
  const waiting = new Map<number, { resolve(value: number): void; reject(error: Error): void }>();
  let next = 0;
  child.on("message", ({ id, value, error }: { id: number; value?: number; error?: string }) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (value === undefined) waiter?.reject(new Error(`${rival} ${JSON.stringify(options)}: ${error}`));
    else waiter?.resolve(value);
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${rival}: its process ended with ${code}`));
  });
  return {
    ask: (command) =>
      new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        child.send({ id, command });
      }),
    stop: () => stop(child),
  };
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill();
  });
}

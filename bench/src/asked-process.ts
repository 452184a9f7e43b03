import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process of a bench that is asked and answers. Its file calls `answerParent`. */
export class AskedProcess<Command> {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #next = 0;

  /** Starts a file of this folder, with these arguments and flags of Node. */
  constructor(file: string, args: readonly string[], flags: readonly string[] = []) {
    this.#name = [file, ...args].join(" ");
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execArgv: [...process.execArgv, ...flags, "--expose-gc"],
    });
    this.#child.on("message", ({ id, value, error }: Answer) => {
      const waiter = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiter?.resolve(value);
      else waiter?.reject(new Error(`${this.#name}: ${error}`));
    });
    this.#child.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#name} ended with ${code}`));
    });
  }

  /** The asker knows what a command is answered with. */
  ask<Value>(command: Command): Promise<Value> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject });
      this.#child.send({ id, command });
    });
  }

  stop(): Promise<void> {
    if (this.#child.exitCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill();
    });
  }
}

/** In the process that is asked: runs each command, and ends with its parent. */
export function answerParent<Command>(run: (command: Command) => Promise<unknown>): void {
  process.on("message", ({ id, command }: { id: number; command: Command }) => {
    run(command).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

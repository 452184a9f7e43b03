import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that answers each line it reads with a line. Its first line says that it is ready. */
export class LineProcess {
  readonly greeting: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, greeting: string) {
    this.#child = child;
    this.#lines = lines;
    this.greeting = greeting;
  }

  /** Gives `undefined` when the program cannot be started, or ends without a greeting. */
  static async start(command: string, args: readonly string[]): Promise<LineProcess | undefined> {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
    const failed = new Promise<undefined>((resolve) => child.once("error", () => resolve(undefined)));
    if (child.stdout === null) return undefined;
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    if (first === undefined || first.done === true) return undefined;
    return new LineProcess(child, lines, first.value);
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error(`"${this.#child.spawnfile}" ended instead of answering "${line}"`);
    return answer.value;
  }

  /** The end of its input ends the program. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await ended;
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listenTcp } from "@netconf-kit/node-adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const page = readFileSync(new URL("../../docs/call-home-in-ten-minutes.md", import.meta.url), "utf8");

/** A part of the page that is run, or what has to be seen. Without a terminal it is the reader's own, where commands come to an end. */
interface Block {
  readonly kind: "sh" | "text";
  readonly terminal: string | undefined;
  readonly text: string;
}

/** A shell that somebody sits at. */
class Terminal {
  output = "";
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  #shell: ChildProcess | undefined;
  #over: Promise<number | null> = Promise.resolve(0);

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Runs commands until the first that fails; what ran before gets Ctrl-C. */
  async start(commands: string): Promise<void> {
    await this.interrupt();
    this.output = "";
    const shell = spawn("bash", ["-e", "-o", "pipefail", "-c", commands], {
      cwd: this.#folder,
      env: this.#env,
      detached: true, // a group of its own, which Ctrl-C is for
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (chunk) => (this.output += chunk));
    this.#shell = shell;
    this.#over = new Promise((resolve) => shell.once("close", resolve));
  }

  /** The exit code. */
  end(): Promise<number | null> {
    return this.#over;
  }

  async interrupt(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#shell ?? {};
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGINT");
    await this.#over;
  }

  /** Waits for lines in this order; `…` stands for anything. */
  async shows(lines: string): Promise<void> {
    const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const patterns = lines
      .trimEnd()
      .split("\n")
      .map((line) => line.split("…").map(literal).join(".*"));
    const pattern = new RegExp(`^${patterns.join("$[^]*?^")}$`, "m");
    const limit = Date.now() + 20_000;
    while (!pattern.test(this.output)) {
      if (Date.now() > limit) throw new Error(`not seen:\n${lines}\nbut:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describe("docs/call-home-in-ten-minutes.md", () => {
  const terminals = new Map<string | undefined, Terminal>();
  let folder = "";
  let ports: readonly [ssh: number, tls: number];
  let env: NodeJS.ProcessEnv = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "netconf-ten-"));
    const netconf = join(folder, "netconf");
    writeFileSync(netconf, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    chmodSync(netconf, 0o755);
    // Nobody's own keys, agent or settings have a part in it.
    env = { ...process.env, HOME: folder, PATH: `${folder}${delimiter}${process.env.PATH}`, NO_COLOR: "1" };
    delete env.SSH_AUTH_SOCK;
    const listeners = await Promise.all([listenTcp(), listenTcp()]);
    await Promise.all(listeners.map((listener) => listener.close()));
    ports = [listeners[0].port, listeners[1].port];
  });
  afterAll(async () => {
    await Promise.all([...terminals.values()].map((terminal) => terminal.interrupt()));
    rmSync(folder, { recursive: true, force: true });
  });

  it("has commands to run and outputs to see", () => {
    const all = blocks();
    expect(all.filter(({ kind }) => kind === "sh").length).toBeGreaterThan(8);
    expect(all.filter(({ kind }) => kind === "text").length).toBeGreaterThan(4);
    // What is not tagged as either would be neither run nor compared.
    expect(page.match(/^```\w/gm)).toHaveLength(all.length);
  });

  it("does what it says, from the first command to the last", { timeout: 180_000 }, async () => {
    for (const { kind, terminal: name, text } of blocks()) {
      const terminal = terminals.get(name) ?? new Terminal(folder, env);
      terminals.set(name, terminal);
      if (kind === "text") {
        await terminal.shows(text);
        continue;
      }
      await terminal.start(text.replaceAll("4334", String(ports[0])).replaceAll("4335", String(ports[1])));
      if (name === undefined) expect(await terminal.end(), `${text}\n${terminal.output}`).toBe(0);
      else if (text.includes("netconf listen")) await terminal.shows("listening at …");
    }
  });
});

function blocks(): readonly Block[] {
  return Array.from(
    page.matchAll(/^```(sh|text)(?: ([\w-]+))?\n([\s\S]*?)^```$/gm),
    ([, kind, terminal, text = ""]) => ({
      kind: kind === "sh" ? "sh" : "text",
      terminal,
      text,
    }),
  );
}

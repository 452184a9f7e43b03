import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const COMMANDS = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
/** Preparing and warming up takes seconds; more means that the page does not run at all. */
const TIME_TO_START = 120_000;

export const chromiumCommand: string | undefined = COMMANDS.find((path) => existsSync(path));

/** A page of a headless Chromium, which gets each question from a server here and brings the answer. As `LineProcess` to its user. */
export class ChromiumPage {
  greeting = "";
  readonly #script: string;
  readonly #server: Server;
  /** The next question, when there is one before the page asks for it. */
  #question: string | undefined;
  /** The page asks for a question. */
  #asking: ServerResponse | undefined;
  #answered: ((line: string) => void) | undefined;
  #stop: () => Promise<void> = async () => {};

  private constructor(script: string) {
    this.#script = script;
    this.#server = createServer((request, response) => void this.#respond(request, response));
  }

  /** Gives `undefined` when no page comes up. */
  static async start(command: string, script: string, task: string): Promise<ChromiumPage | undefined> {
    const page = new ChromiumPage(script);
    page.#server.listen(0, "127.0.0.1");
    await once(page.#server, "listening");
    const { port } = page.#server.address() as AddressInfo; // a server on TCP has an address object
    const greeting = page.#nextAnswer();
    page.#open(command, `http://127.0.0.1:${port}/?task=${encodeURIComponent(task)}`);
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), TIME_TO_START).unref());
    const first = await Promise.race([greeting, late]);
    if (first === undefined) {
      await page.stop();
      return undefined;
    }
    page.greeting = first;
    return page;
  }

  ask(line: string): Promise<string> {
    const answer = this.#nextAnswer();
    if (this.#asking === undefined) this.#question = line;
    else send(this.#asking, 200, "text/plain", line);
    this.#asking = undefined;
    return answer;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  #open(command: string, url: string): void {
    const profile = mkdtempSync(join(tmpdir(), "netconf-kit-bench-"));
    // Its sandbox wants rights that containers do not give. It opens no page but ours.
    const flags = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
    ];
    const browser: ChildProcess = spawn(command, [...flags, `--user-data-dir=${profile}`, url], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => browser.once("exit", () => resolve()).once("error", () => resolve()));
    // Some of its processes may still be writing there.
    const patiently = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
    const onExit = (): void => {
      browser.kill();
      rmSync(profile, patiently);
    };
    process.once("exit", onExit);
    this.#stop = async () => {
      process.off("exit", onExit);
      browser.kill();
      await ended;
      this.#server.closeAllConnections();
      this.#server.close();
      await rm(profile, patiently);
    };
  }

  #nextAnswer(): Promise<string> {
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url?.split("?")[0]) {
      case "/":
        return send(response, 200, "text/html", '<!doctype html><script type="module" src="/script.mjs"></script>');
      case "/script.mjs":
        return send(response, 200, "text/javascript", readFileSync(this.#script, "utf8"));
      case "/question":
        if (this.#question === undefined) this.#asking = response;
        else send(response, 200, "text/plain", this.#question);
        this.#question = undefined;
        return;
      case "/answer":
        this.#answered?.(await text(request));
        return send(response, 200, "text/plain", "");
      default:
        return send(response, 404, "text/plain", "");
    }
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    // A page that shares nothing with others is given the finer clock.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
  response.end(body);
}

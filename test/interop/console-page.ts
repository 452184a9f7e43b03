import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { listenTcp } from "@netconf-kit/node-adapter";
import { createRelay, type RelayEvent, randomRelayToken, staticFiles } from "@netconf-kit/relay";
import { type Browser, type Page, startBrowser } from "./peers/browser.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Kept after the tests, for eyes. */
const screenshots = join(root, ".cache/screenshots");

/** The console as it is now, served by a relay, and a Chromium to open it in. */
export interface ConsolePages {
  readonly browser: Browser;
  /** Bytes of all files, each compressed by itself. */
  readonly gzipBytes: number;
  /** Where devices may call home. */
  readonly callHomePort: number;
  readonly relayEvents: readonly RelayEvent[];
  /** The files of the page. */
  readonly folder: string;
  /** A page with a memory of its own, from the relay with its token, or from another server of the files. */
  open(server?: string): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  /** What the browser complained about, and requests that went anywhere but to our server. Ought to be empty. */
  readonly complaints: readonly string[];
  readonly screenshot: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param allow targets of the relay, `HOST:PORT` */
export async function startConsole(allow: readonly string[]): Promise<ConsolePages> {
  const folder = mkdtempSync(join(tmpdir(), "netconf-kit-console-"));
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const args = [vite, "build", "--logLevel", "warn", "--outDir", folder, "--emptyOutDir"];
  execFileSync(process.execPath, args, { cwd: join(root, "packages/console"), env: { ...process.env, NODE_ENV: "" } });
  const callHome = await listenTcp();
  const token = randomRelayToken();
  const relayEvents: RelayEvent[] = [];
  const relay = await createRelay({
    token,
    allow,
    callHome,
    files: staticFiles(folder),
    onEvent: (event) => void relayEvents.push(event),
  });
  const browser = await startBrowser();
  const origin = relay.url.replace(/^ws/, "http");
  return {
    browser,
    gzipBytes: gzipBytesOf(folder),
    callHomePort: callHome.port,
    relayEvents,
    folder,
    open: (server) => (server === undefined ? openPage(browser, origin, `#token=${token}`) : openPage(browser, server)),
    close: async () => {
      await browser.close();
      await relay.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openPage(browser: Browser, origin: string, hash = ""): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, colorScheme: "dark" });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => void complaints.push(`${error.message}\n${error.stack}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`request to ${request.url()}`);
  });
  await page.goto(`${origin}/${hash}`);
  return {
    page,
    complaints,
    screenshot: async (name) => {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
    close: () => context.close(),
  };
}

function gzipBytesOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(file.parentPath, file.name))).length, 0);
}

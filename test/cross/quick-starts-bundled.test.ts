import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect as connectNet } from "node:net";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { formatPrivateKey } from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { findWorkerd, startWorkerd } from "../interop/peers/workerd.ts";
import { QuickStartWorld } from "./quick-start-world.ts";

const chromium = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "chromium"))
  .find((file) => existsSync(file));
if (chromium === undefined && process.env.REQUIRE_PEERS === "1")
  throw new Error('chromium is not here: run "npm run peers"');

const workerd = findWorkerd();
if (workerd === undefined && process.env.REQUIRE_PEERS === "1")
  throw new Error('workerd is not here: run "npm run peers"');

let world: QuickStartWorld;
beforeEach(() => {
  world = new QuickStartWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

describe("the quick starts in README.md that are bundled", () => {
  it.runIf(workerd !== undefined)("Cloudflare Worker: manage a device", async () => {
    const { port } = await world.device();
    const module = await bundle(world.write("Cloudflare Worker: manage a device", { port }));
    const { url, stop } = await startWorkerd({ module, texts: { NETCONF_KEY: formatPrivateKey(world.userKey) } });
    world.defer(stop);
    const response = await fetch(url);
    expect(response.headers.get("content-type")).toBe("application/xml");
    expect(await response.text()).toContain("<name>router-7</name>");
  });

  it.runIf(chromium !== undefined)("Browser: manage a device", async () => {
    const relay = await startRelay((await world.device()).port);
    const file = await bundle(world.write("Browser: manage a device", { port: relay }));
    const { url, shown } = await startPage(file);
    const settings = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      `--user-data-dir=${join(world.folder, "profile")}`,
    ];
    world.run(chromium ?? "", [...settings, url]);
    expect(await shown).toContain("<name>router-7</name>");
  });
});

/** One file with nothing of Node.js in it. */
async function bundle(entry: string): Promise<string> {
  const outfile = entry.replace(/\.js$/, ".bundle.mjs");
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    external: ["cloudflare:*"],
    logLevel: "error",
  });
  return outfile;
}

/** What websockify is: the bytes of a WebSocket to TCP and back. */
async function startRelay(target: number): Promise<number> {
  const relay = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  relay.on("connection", (socket) => {
    const tcp = connectNet({ host: "127.0.0.1", port: target });
    tcp.on("data", (bytes) => socket.send(bytes));
    tcp.on("close", () => socket.close());
    tcp.on("error", () => socket.close());
    socket.on("message", (bytes: Buffer) => tcp.write(bytes));
    socket.on("close", () => tcp.end());
  });
  world.defer(() => {
    for (const client of relay.clients) client.terminate();
    relay.close();
  });
  await new Promise((resolve) => relay.once("listening", resolve));
  return (relay.address() as AddressInfo).port;
}

/** A page that runs the program, answers its question for a password, and tells what it shows in the end. */
async function startPage(file: string): Promise<{ readonly url: string; readonly shown: Promise<string> }> {
  const page = `<!doctype html><meta charset="utf-8"><body><script>
    window.prompt = () => "correct horse";
    const tell = (text) => fetch("/shown", { method: "POST", body: text });
    new MutationObserver(() => {
      if (document.body.innerText !== "") tell(document.body.innerText);
    }).observe(document.body, { childList: true });
    addEventListener("unhandledrejection", ({ reason }) => tell(String(reason)));
    addEventListener("error", ({ message }) => tell(message));
  </script><script type="module" src="/program.js"></script>`;
  let tell: (text: string) => void = () => {};
  const shown = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const server = createServer((request, response) => {
    if (request.url === "/program.js") {
      response.setHeader("Content-Type", "text/javascript").end(readFileSync(file));
    } else if (request.url === "/shown") {
      let text = "";
      request.on("data", (chunk) => (text += chunk)).on("end", () => tell(text));
      response.end();
    } else response.setHeader("Content-Type", "text/html").end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  world.defer(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, shown };
}

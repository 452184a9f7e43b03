import { EventEmitter, on } from "node:events";
import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { listenTcp } from "@netconf-kit/node-adapter";
import { createRelay, randomRelayToken } from "@netconf-kit/relay";
import { type WebSocket, WebSocketServer } from "ws";
import type { Order } from "../runtimes/chromium/order.ts";
import type { SuiteResult } from "../runtimes/suite/run-suite.ts";
import type { OutsideEnd } from "../runtimes/suite/runtime.ts";
import { startBrowser } from "./peers/browser.ts";
import type { SuiteHost } from "./test-suite.ts";

/** What the program in Chromium posts. */
type Told = SuiteResult | { readonly come: OutsideEnd; readonly port: number } | { readonly end: true };

const places = {
  page: '<script type="module" src="/main.js"></script>',
  worker: `<script>
    new Worker("/main.js", { type: "module" }).onerror = ({ message }) => { throw new Error(message); };
  </script>`,
} as const;

/** How the suite is run in Chromium, for `testSuite`: served by a relay, which is also the program's way to everybody else. */
export function runInChromium(name: string, place: keyof typeof places): SuiteHost["run"] {
  return async function* (world) {
    const program = readFileSync(await world.bundle("chromium/main.ts", { platform: "browser" }));
    const browser = await startBrowser();
    const [callHome, joiner, token] = [await listenTcp(), await startJoiner(), randomRelayToken()];
    const told = new EventEmitter();
    // What comes once nobody reads lines any more.
    told.on("error", () => {});
    const answers: Record<string, (response: Parameters<RequestListener>[1]) => void> = {
      "/": (response) => response.setHeader("Content-Type", "text/html").end(`<!doctype html>${places[place]}`),
      "/main.js": (response) => response.setHeader("Content-Type", "text/javascript").end(program),
      "/order.json": (response) => response.end(JSON.stringify(order)),
    };
    const files: RequestListener = (request, response) => {
      if (request.url === "/told")
        void text(request).then((line) => {
          const entry: Told = JSON.parse(line);
          told.emit("end" in entry ? "end" : "line", entry);
          response.end();
        });
      else (answers[request.url ?? ""] ?? (() => response.writeHead(404).end()))(response);
    };
    const allow = Object.values(world.material.ports ?? {}).map((port) => `127.0.0.1:${port}`);
    const relay = await createRelay({ token, allow, callHome, files });
    const order: Order = {
      name,
      version: browser.version(),
      material: world.material,
      relay: { url: relay.url, token },
      callHomePort: callHome.port,
      joiner: joiner.url,
    };
    try {
      yield { version: order.version };
      const lines = on(told, "line", { close: ["end"] });
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(120_000);
      page.on("pageerror", (error) => void told.emit("error", error));
      await page.goto(relay.url.replace(/^ws/, "http"));
      for await (const [line] of lines)
        if ("come" in line) world.come(line.come, line.port);
        else yield line;
    } finally {
      await browser.close();
      await relay.close();
      joiner.close();
    }
  };
}

/** A server that joins two WebSockets that come with the same path. */
async function startJoiner(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  const waiting = new Map<string | undefined, WebSocket>();
  server.on("connection", (socket, { url }) => {
    const other = waiting.get(url);
    if (other === undefined) {
      waiting.set(url, socket);
      return;
    }
    waiting.delete(url);
    pass(socket, other);
    pass(other, socket);
  });
  await new Promise((resolve) => server.once("listening", resolve));
  // `as`: only pipes have another form.
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  return { url: `ws://127.0.0.1:${port}`, close };
}

/** What one says the other hears; an end without a code, or none at all, cannot be said on. */
function pass(from: WebSocket, to: WebSocket): void {
  from.on("message", (message: Buffer) => to.send(message));
  from.on("close", (code) => to.close(code === 1005 || code === 1006 ? undefined : code));
}

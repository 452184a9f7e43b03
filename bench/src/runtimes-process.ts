import process from "node:process";
import { createInterface } from "node:readline";
import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { nobleProvider } from "@netconf-kit/ssh";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import { processorClock } from "./harness.ts";
import { answerQuestions, type Guest } from "./runtimes-guest.ts";
import type { TcpAdapter } from "./runtimes-links.ts";
import { beginTask } from "./runtimes-tasks.ts";

/*
 * A guest as a process of Node, Deno or Bun, all from one bundle: `runtimes-process.mjs TASK CLOCK`. Each line of its input is
 * a question.
 */

const [task = "", clock = ""] = process.argv.slice(2);
const { versions } = process;
const nodeCrypto = nodeCryptoProvider(nobleProvider);
const guest: Guest = {
  name:
    "bun" in versions ? `Bun ${versions.bun}` : "deno" in versions ? `Deno ${versions.deno}` : `Node ${versions.node}`,
  tcp: await tcpAdapter(),
  providers: {
    noble: nobleProvider,
    WebCrypto: webCryptoProvider(crypto.subtle, nobleProvider),
    "node:crypto": nodeCrypto,
  },
  // Deno's node:crypto is slow at AES-GCM; its WebCrypto is not.
  ownProvider:
    "deno" in versions
      ? { name: "WebCrypto before node:crypto", provider: webCryptoProvider(crypto.subtle, nodeCrypto) }
      : { name: "node:crypto", provider: nodeCrypto },
  processorClock,
  residentBytes,
};
await answerQuestions(
  () => beginTask(guest, task, clock),
  createInterface({ input: process.stdin }),
  (line) => console.log(line),
);
process.exit();

function tcpAdapter(): Promise<TcpAdapter> {
  if ("bun" in versions) return import("@netconf-kit/bun-adapter");
  return "deno" in versions ? import("@netconf-kit/deno-adapter") : import("@netconf-kit/node-adapter");
}

async function residentBytes(): Promise<number> {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  for (let i = 0; i < 5; i++) {
    if (Bun !== undefined) Bun.gc(true);
    else gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().rss;
}

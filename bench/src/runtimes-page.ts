import { nobleProvider } from "@netconf-kit/ssh";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import { answerQuestions, type Guest } from "./runtimes-guest.ts";
import { beginTask } from "./runtimes-tasks.ts";

/* A guest as a page, whose address ends in `?task=TASK`. It asks its server for each question and brings the answer there. */

const webCrypto = webCryptoProvider(crypto.subtle, nobleProvider);
const guest: Guest = {
  name: `Chromium ${/Chrome\/(\d+)/.exec(navigator.userAgent)?.[1]}`,
  tcp: undefined,
  providers: { noble: nobleProvider, WebCrypto: webCrypto, "node:crypto": undefined },
  ownProvider: { name: "WebCrypto", provider: webCrypto },
  processorClock: undefined,
  residentBytes: undefined,
};
await answerQuestions(
  () => beginTask(guest, new URL(location.href).searchParams.get("task") ?? "", "wall"),
  questions(),
  async (line) => void (await fetch("/answer", { method: "POST", body: line })),
);

async function* questions(): AsyncGenerator<string> {
  for (;;) yield await (await fetch("/question")).text();
}

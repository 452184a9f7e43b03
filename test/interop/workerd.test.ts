import type { SuiteResult } from "../runtimes/suite/run-suite.ts";
import type { OutsideEnd } from "../runtimes/suite/runtime.ts";
import { findWorkerd, startWorkerd } from "./peers/workerd.ts";
import { testSuite } from "./test-suite.ts";

const workerd = findWorkerd();

/** More listeners than there are at once: a port is not taken again at once. */
const TCP_PORTS = 64;

type Line = SuiteResult | { readonly come: OutsideEnd; readonly port: number };

testSuite({
  name: "workerd",
  missing: workerd === undefined ? 'run "npm run peers"' : undefined,
  notes: ["TCP ports are opened by its configuration and lead to the `connect` of a Worker, a Durable Object here."],
  run: async function* (world) {
    const version = workerd?.version ?? "";
    yield { version };
    const module = await world.bundle("workerd/main.ts", { conditions: ["workerd", "worker", "browser"] });
    const object = { className: "Suite", binding: "SUITE" };
    const { url, tcpPorts, complaints, stop } = await startWorkerd({ module, object, tcpPorts: TCP_PORTS });
    try {
      const order = { version, material: world.material, tcpPorts };
      const response = await fetch(url, { method: "POST", body: JSON.stringify(order) });
      if (!response.ok || response.body === null) throw new Error(`workerd answered ${response.status}`);
      for await (const text of linesOf(response.body)) {
        // `as`: what our own program writes.
        const line = JSON.parse(text) as Line;
        if ("come" in line) world.come(line.come, line.port);
        else yield line;
      }
    } catch (cause) {
      throw new Error(`${cause}\n${complaints()}`, { cause });
    } finally {
      await stop();
    }
  },
});

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

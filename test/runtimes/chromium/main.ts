// Runs the suite in Chromium, in a page or in a dedicated Worker: reads /order.json, posts each result to /told.
import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { dialThroughRelay, waitAtRelay } from "../../../packages/console/src/relay-link.ts";
import { features } from "../suite/features.ts";
import { fromMaterial } from "../suite/from-material.ts";
import { runSuite } from "../suite/run-suite.ts";
import type { Runtime } from "../suite/runtime.ts";
import type { Order } from "./order.ts";

// `as`: what the test has written.
const order = (await (await fetch("/order.json")).json()) as Order;
for await (const result of runSuite(features, runtimeOf(order))) await tell(result);
await tell({ end: true });

async function tell(line: object): Promise<void> {
  await fetch("/told", { method: "POST", body: JSON.stringify(line) });
}

function runtimeOf({ name, version, material, relay, callHomePort, joiner }: Order): Runtime {
  const { credentials, ports } = material;
  return {
    name,
    version,
    lends: {
      ...fromMaterial(material),
      nodeCrypto: { lacks: "there is no `node:crypto`" },
      tcp: { lacks: "there is no TCP: a relay opens and takes the connections" },
      tls: { lacks: "there is no TLS over bytes of one's own, and no client certificate that a program can choose" },
      webSockets: async () => {
        const place = `${joiner}/${crypto.randomUUID()}`;
        const pair = [new WebSocket(place), new WebSocket(place)] as const;
        await Promise.all(pair.map((each) => new Promise((resolve) => each.addEventListener("open", resolve))));
        return pair;
      },
      reach: { dial: (end) => dialThroughRelay(relay, `127.0.0.1:${ports?.[end]}`), credentials },
      meet: {
        listen: async (come) => {
          await tell({ come, port: callHomePort });
          return callsAt(relay);
        },
        credentials,
      },
    },
  };
}

/** Whoever calls the relay. */
function callsAt(relay: Order["relay"]): Listener {
  const over = new AbortController();
  const next = async (): Promise<IteratorResult<DuplexSocket, undefined>> => {
    try {
      return { done: false, value: (await waitAtRelay(relay, over.signal)).socket };
    } catch (error) {
      if (!over.signal.aborted) throw error;
      return { done: true, value: undefined };
    }
  };
  const close = async (): Promise<void> => over.abort();
  return { [Symbol.asyncIterator]: () => ({ next }), close, [Symbol.asyncDispose]: close };
}

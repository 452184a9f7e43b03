// Runs the suite in workerd. A POST with the material is answered with a line of JSON for each result, and for each end outside that
// is to come here.
import type { Socket } from "cloudflare:sockets";
import { DurableObject, type DurableObjectNamespace } from "cloudflare:workers";
import { features } from "../suite/features.ts";
import { fromMaterial } from "../suite/from-material.ts";
import type { Material } from "../suite/material.ts";
import { runSuite } from "../suite/run-suite.ts";
import type { Runtime } from "../suite/runtime.ts";
import { dialTcp, Ports } from "./ports.ts";
import { webSocketPair } from "./web-socket-pair.ts";

/** What the test posts. */
interface Order {
  readonly version: string;
  readonly material: Material;
  /** Where workerd listens for TCP. */
  readonly tcpPorts: readonly number[];
}

/**
 * The suite as one object: workerd lends a socket only to whom it was given, a request or an object, and here whoever dials and
 * whoever is called are the same.
 */
export class Suite extends DurableObject {
  #ports = new Ports([]);

  async fetch(request: Request): Promise<Response> {
    // `as`: what the test sends.
    const order = (await request.json()) as Order;
    this.#ports = new Ports(order.tcpPorts);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const lines = writable.getWriter();
    const encoder = new TextEncoder();
    const tell = (line: object): Promise<void> => lines.write(encoder.encode(`${JSON.stringify(line)}\n`));
    const run = async (): Promise<void> => {
      for await (const result of runSuite(features, runtimeOf(order, this.#ports, tell))) await tell(result);
      await lines.close();
    };
    run().catch((error: unknown) => lines.abort(error));
    return new Response(readable);
  }

  async connect(socket: Socket): Promise<void> {
    const { localAddress = "" } = await socket.opened;
    await this.#ports.accept(portOf(localAddress), socket);
  }
}

interface Env {
  readonly SUITE: DurableObjectNamespace;
}

// biome-ignore lint/style/noDefaultExport: this is how workerd finds what it calls.
export default {
  fetch(request: Request, { SUITE }: Env): Promise<Response> {
    return SUITE.getByName("suite").fetch(request);
  },
  async connect(socket: Socket, { SUITE }: Env): Promise<void> {
    const { localAddress = "" } = await socket.opened;
    const inner = SUITE.getByName("suite").connect(`port:${portOf(localAddress)}`, { allowHalfOpen: true });
    await Promise.all([socket.readable.pipeTo(inner.writable), inner.readable.pipeTo(socket.writable)]);
  },
};

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

function runtimeOf({ version, material }: Order, ports: Ports, tell: (line: object) => Promise<void>): Runtime {
  const { credentials, ports: outside } = material;
  return {
    name: "workerd",
    version,
    lends: {
      ...fromMaterial(material),
      nodeCrypto: { lacks: "nothing of Node.js is asked for: `nodejs_compat` is off" },
      tcp: {
        listen: () => ports.listen(),
        dial: dialTcp,
        portsStayOpen: "its configuration opens the ports, and no program can close one",
      },
      tls: { lacks: "`cloudflare:sockets` has no client certificates, which RFC 7589 §7 asks for" },
      webSockets: webSocketPair,
      reach: { dial: (end) => dialTcp({ host: "127.0.0.1", port: outside?.[end] ?? 0 }), credentials },
      meet: {
        listen: async (come) => {
          const listener = await ports.listen();
          await tell({ come, port: listener.port });
          return listener;
        },
        credentials,
      },
    },
  };
}

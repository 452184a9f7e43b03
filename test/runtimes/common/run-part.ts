import { argv } from "node:process";
import type { TcpAdapter } from "./adapter.ts";
import { road, tlsRoad } from "./road.ts";
import { roles } from "./roles.ts";
import { sockets } from "./sockets.ts";
import { tlsSockets } from "./tls-sockets.ts";
import { transcripts } from "./transcripts.ts";
import { type WebSocketPair, webSockets } from "./web-sockets.ts";

/** What the parts need of a runtime. */
export interface Runtime {
  readonly tcp: TcpAdapter;
  readonly webSocketPair: WebSocketPair;
}

const parts: Readonly<Record<string, (runtime: Runtime) => Promise<void>>> = {
  sockets: ({ tcp }) => sockets(tcp),
  "tls-sockets": ({ tcp }) => tlsSockets(tcp),
  "web-sockets": ({ webSocketPair }) => webSockets(webSocketPair),
  transcripts,
  road: ({ tcp }) => road(tcp),
  "tls-road": ({ tcp }) => tlsRoad(tcp),
  roles: ({ tcp }) => roles(tcp),
};

/** Runs the part of the tests that the command line names, in the runtime at hand. */
export async function runPart(runtime: Runtime): Promise<void> {
  const name = argv[2] ?? "";
  const part = parts[name];
  if (part === undefined) throw new Error(`there is no part "${name}"; there are: ${Object.keys(parts).join(", ")}`);
  await part(runtime);
}

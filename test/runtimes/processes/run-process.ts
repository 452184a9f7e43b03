import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";
import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { nobleProvider } from "@netconf-kit/ssh";
import { features } from "../suite/features.ts";
import { fromMaterial } from "../suite/from-material.ts";
import type { Material } from "../suite/material.ts";
import { runSuite } from "../suite/run-suite.ts";
import type { Runtime, Tcp, Tls } from "../suite/runtime.ts";
import { nodeTls } from "./node-tls.ts";

/** What the runtimes that are processes differ in. */
export interface ProcessRuntime {
  readonly name: string;
  readonly version: string;
  readonly tcp: Tcp;
  readonly webSockets: Runtime["lends"]["webSockets"];
  readonly tlsNoHalfClose?: string;
}

/** Runs the suite in this process: `main.mjs MATERIAL`. One line of JSON for each thing that the test has to know. */
export async function runProcess({ name, version, tcp, webSockets, tlsNoHalfClose }: ProcessRuntime): Promise<void> {
  tell({ version });
  // `as`: the test has written it.
  const material = JSON.parse(readFileSync(argv[2] ?? "", "utf8")) as Material;
  const { credentials, ports } = material;
  const tls: Tls = { ...nodeTls(credentials), ...(tlsNoHalfClose !== undefined && { noHalfClose: tlsNoHalfClose }) };
  const runtime: Runtime = {
    name,
    version,
    lends: {
      ...fromMaterial(material),
      nodeCrypto: nodeCryptoProvider(nobleProvider),
      tcp,
      tls,
      webSockets,
      reach: { credentials, dial: (end) => tcp.dial({ host: "127.0.0.1", port: ports[end] }) },
      meet: {
        credentials,
        listen: async (end) => {
          const listener = await tcp.listen();
          tell({ come: end, port: listener.port });
          return listener;
        },
      },
    },
  };
  for await (const result of runSuite(features, runtime)) tell(result);
  exit();
}

function tell(line: object): void {
  console.log(JSON.stringify(line));
}

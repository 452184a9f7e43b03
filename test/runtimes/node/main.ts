import { versions } from "node:process";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import { runProcess } from "../processes/run-process.ts";
import { webSocketPair } from "./web-socket-pair.ts";

await runProcess({
  name: "Node.js",
  version: versions.node,
  tcp: { listen: listenTcp, dial: dialTcp },
  webSockets: webSocketPair,
});

import { dialTcp, listenTcp } from "@netconf-kit/deno-adapter";
import { runProcess } from "../processes/run-process.ts";
import { webSocketPair } from "./web-socket-pair.ts";

await runProcess({
  name: "Deno",
  version: Deno.version.deno,
  tcp: { listen: async () => listenTcp(), dial: dialTcp },
  webSockets: webSocketPair,
});

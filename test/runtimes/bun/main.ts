import { versions } from "node:process";
import { dialTcp, listenTcp } from "@netconf-kit/bun-adapter";
import { runProcess } from "../processes/run-process.ts";
import { webSocketPair } from "./web-socket-pair.ts";

await runProcess({
  name: "Bun",
  version: versions.bun ?? "",
  tcp: { listen: async () => listenTcp(), dial: dialTcp },
  webSockets: webSocketPair,
  tlsNoHalfClose: "its TLS is over in both directions when the peer ends one",
});

import { requirePeer } from "./peers/peers.ts";
import { runInChromium } from "./suite-pages.ts";
import { testSuite } from "./test-suite.ts";

const missing = requirePeer("chromium") ? undefined : 'run "npm run peers"';

testSuite({
  name: "Chromium",
  missing,
  notes: [
    "in a page, as in a Worker, connections with other machines go over WebSockets through `@netconf-kit/relay`.",
  ],
  run: runInChromium("Chromium", "page"),
});
testSuite({ name: "Chromium, Worker", missing, run: runInChromium("Chromium, Worker", "worker") });

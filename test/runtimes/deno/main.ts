// Runs one part of ../common in Deno: `deno run main.ts PART`.
import * as tcp from "@netconf-kit/deno-adapter";
import { runPart } from "../common/run-part.ts";
import { webSocketPair } from "./web-socket-pair.ts";

await runPart({ tcp, webSocketPair });

// Runs one part of ../common in Bun: `bun main.ts PART`.
import * as tcp from "@netconf-kit/bun-adapter";
import { runPart } from "../common/run-part.ts";
import { webSocketPair } from "./web-socket-pair.ts";

await runPart({ tcp, webSocketPair });

// Damages inputs of decoders and decodes them, for as long as it is told to. What has to be true of every decoder stands in
// packages/*/test/fuzz-targets.ts.
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { build } from "tsup";
import { root } from "./workspace.mjs";

const HELP = `node scripts/fuzz.mjs [DECODER ...] [OPTIONS]

Damages inputs of each decoder whose name begins with DECODER, one after another, and decodes them. Each has to give events or a
typed error within a second and 64 MiB. A finding is printed with its seed, made small. Without DECODER the decoders are listed.

  --minutes N       how long for each decoder (default 10)
  --seed N          where the random damage begins (default 1)
  --keep FILE       adds findings to a file, whose cases come first the next time
  --corpus FOLDER   the corpus, where it is unpacked already

Example:
  node scripts/fuzz.mjs xml ssh-packets --minutes 2 --seed 7`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean" },
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
    corpus: { type: "string" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const HANGS_AFTER_MILLISECONDS = 60_000;
// The archive is beside the checkout, wherever the bundle lies.
process.env.CORPUS ??= join(root, "../shared/corpus.tar.xz");
const home = await bundle();
const decoders = await work({ list: true });
const chosen = positionals.flatMap((name) => decoders.filter((each) => each.startsWith(name)));
if (chosen.length === 0) console.log(`Decoders: ${decoders.join(", ")}`);
let failed = false;
for (const decoder of chosen) failed = (await fuzz(decoder)) || failed;
process.exit(failed ? 1 : 0);

async function fuzz(decoder) {
  const kept = values.keep !== undefined && existsSync(values.keep) ? readFileSync(values.keep, "utf8") : "";
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const result = await work(
    {
      decoder,
      seed: Number(values.seed),
      milliseconds: Number(values.minutes) * 60_000,
      maxFindings: 20,
      corpus: values.corpus,
      kept,
      progress,
    },
    ({ seed, problem, line }) => {
      console.error(`${decoder}, seed ${seed}: ${problem}\n${line}`);
      if (values.keep !== undefined) appendFileSync(values.keep, line);
    },
  );
  console.log(
    `${decoder}: ${result.hung ?? `${result.inputs} inputs, ${result.rounds} rounds, ${result.findings} findings`}`,
  );
  if (result.outcomes !== undefined) console.log(" ", result.outcomes);
  return result.hung !== undefined || result.findings > 0;
}

/** Runs one order in a worker of its own: only from outside can a decoder that hangs be stopped. */
function work(order, onFinding = () => {}) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(home, "fuzz-worker.js"), { workerData: order });
    const finish = (result) => {
      clearInterval(watch);
      resolve(result);
      void worker.terminate();
    };
    let rounds = -1;
    let since = performance.now();
    const watch = setInterval(() => {
      const now = order.progress?.[0] ?? 0;
      if (now !== rounds) {
        rounds = now;
        since = performance.now();
      } else if (performance.now() - since > HANGS_AFTER_MILLISECONDS && rounds > 0) {
        finish({ hung: `hangs with seed ${order.progress[1]}` });
      }
    }, 1000);
    worker.on("message", (message) => (message.line === undefined ? finish(message) : onFinding(message)));
    worker.on("error", (error) => {
      clearInterval(watch);
      reject(error);
    });
  });
}

/** Puts the worker and the sources of the packages into one file: they are TypeScript, and have to run at full speed. */
async function bundle() {
  const folder = join(root, ".cache", "fuzz", String(process.pid));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await build({
    config: false,
    entry: [join(root, "test/fuzz/fuzz-worker.ts")],
    outDir: folder,
    outExtension: () => ({ js: ".js" }),
    format: "esm",
    target: "node20",
    silent: true,
    noExternal: [/^@netconf-kit\//],
    esbuildOptions: (options) => {
      options.conditions = ["source"];
    },
  });
  return folder;
}

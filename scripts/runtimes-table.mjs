// docs/runtimes.md: which feature works in which runtime, from what the tests have kept of their last run in each.
//
//   node scripts/runtimes-table.mjs                writes it
//   node scripts/runtimes-table.mjs --check NAME   compares one runtime with what is written; versions may differ
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const names = ["Node.js 20", "Node.js 22", "Node.js 24", "Deno", "Bun", "Chromium", "Chromium, Worker", "workerd"];
const page = join(root, "docs/runtimes.md");

/** Says nothing about the runtime: the machine has no test data. */
const NO_CORPUS = "the corpus is not at hand";

const problems = [];
const [option, name] = process.argv.slice(2);
if (option === "--check") check(name);
else write();
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

function write() {
  const runtimes = names.map(kept);
  if (problems.length > 0) return;
  const features = [...new Set(runtimes.flatMap(({ results }) => results.map(({ feature }) => feature)))];
  const reasons = [];
  const mark = ({ works, why }) => [works, ...why.map((reason) => `[^${numberOf(reasons, reason)}]`)].join("");
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const table = [
    row(["", ...names]),
    row(["---", ...names.map(() => "---")]),
    row(["version", ...runtimes.map(({ version }) => version)]),
    ...features.map((feature) => row([feature, ...runtimes.map((runtime) => mark(cell(runtime, feature)))])),
  ];
  if (problems.length > 0) return;
  const notes = runtimes.flatMap((runtime) => runtime.notes.map((note) => `- ${runtime.name}: ${note}`));
  const text = [
    "# What runs where",
    "",
    "One suite, the same cases in every runtime ([test/runtimes/suite](../test/runtimes/suite/README.md)). This page is made from what ran, by `node scripts/runtimes-table.mjs`;",
    "each run of the tests compares it. `yes`: every case of the feature holds. `partly`: those that apply hold, and the note says why the others do not apply.",
    "",
    ...table,
    "",
    ...reasons.map((reason, index) => `[^${index + 1}]: ${sentence(reason)}`),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ];
  writeFileSync(page, `${text.join("\n")}\n`);
}

function check(runtimeName) {
  const runtime = kept(runtimeName);
  if (problems.length > 0) return;
  const lines = existsSync(page) ? readFileSync(page, "utf8").split("\n") : [];
  const rows = lines.filter((line) => line.startsWith("| ")).map((line) => line.slice(2, -2).split(" | "));
  const column = rows[0]?.indexOf(runtimeName) ?? -1;
  const reasonOf = new Map(
    lines.flatMap((line) => [...line.matchAll(/^\[\^(\d+)\]: (.*)$/g)].map((m) => [m[1], m[2]])),
  );
  for (const feature of new Set(runtime.results.map((result) => result.feature))) {
    const { works, why } = cell(runtime, feature);
    if (why.includes(NO_CORPUS)) continue;
    const written = rows.find(([first]) => first === feature)?.[column] ?? "nothing";
    const said = written.replace(/\[\^(\d+)\]/g, (_, number) => ` (${reasonOf.get(number)})`);
    const found = [works, ...why.map((reason) => ` (${sentence(reason)})`)].join("");
    if (said !== found)
      problems.push(`docs/runtimes.md says "${said}" about ${feature} in ${runtimeName}, and it is "${found}"`);
  }
  if (problems.length > 0) problems.push("run node scripts/runtimes-table.mjs after the tests in every runtime");
}

/** What the tests have kept of a runtime. */
function kept(runtimeName) {
  const file = join(root, ".cache/runtimes", `${runtimeName.replace(/\W+/g, "-")}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  problems.push(`nothing is kept of a run in ${runtimeName}: run its tests first (npm run interop)`);
  return { name: runtimeName, notes: [], results: [] };
}

function cell({ name: runtimeName, results }, feature) {
  const cases = results.filter((result) => result.feature === feature);
  for (const { name: title, outcome } of cases)
    if (outcome === "failed") problems.push(`${runtimeName}: "${feature}: ${title}" has failed`);
  const left = cases.filter(({ outcome }) => outcome === "not-run");
  if (cases.length === 0) problems.push(`${runtimeName} has not told of "${feature}"`);
  const works = left.length === 0 ? "yes" : left.length < cases.length ? "partly" : "no";
  return { works, why: [...new Set(left.map(({ reason }) => reason))] };
}

function numberOf(reasons, reason) {
  if (reason === NO_CORPUS) problems.push("the corpus is needed to write this page: set CORPUS");
  if (!reasons.includes(reason)) reasons.push(reason);
  return reasons.indexOf(reason) + 1;
}

function sentence(reason) {
  return `${reason[0].toUpperCase()}${reason.slice(1)}.`;
}

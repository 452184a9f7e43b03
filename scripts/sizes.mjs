// Holds the bundles in .size-limit.json against their limits, and the table of sizes in README.md against the bundles: each size
// there may be off by a twentieth. Needs what is built.
//
//   node scripts/sizes.mjs          checks
//   node scripts/sizes.mjs --write  writes the table
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, tool } from "./workspace.mjs";

const readme = join(root, "README.md");
const [BEGIN, END] = ["<!-- sizes: node scripts/sizes.mjs --write -->\n", "<!-- sizes end -->"];
const TOLERANCE = 1 / 20;

const { stdout, stderr } = spawnSync(process.execPath, [...tool("size-limit", "bin.js"), "--json"], {
  cwd: root,
  encoding: "utf8",
});
if (!stdout.startsWith("[")) throw new Error(`size-limit said: ${stdout}${stderr}`);
const bundles = JSON.parse(stdout);
const wanted = new Map(
  JSON.parse(readFileSync(join(root, ".size-limit.json"), "utf8")).map(({ name, import: names }) => [name, names]),
);

const text = readFileSync(readme, "utf8");
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin < 0 || end < begin) throw new Error("README.md has no place for the sizes");
const problems = [];
for (const { name, passed, size, sizeLimit } of bundles) {
  console.log(`${kilobytes(size).padStart(8)} of ${kilobytes(sizeLimit)}  ${name}`);
  if (!passed) problems.push(`${name} is larger than ${kilobytes(sizeLimit)}`);
  const said = text
    .slice(begin, end)
    .split("\n")
    .find((line) => line.startsWith(`| ${name} |`));
  const there = Number(/\| ([\d.]+) kB \|$/.exec(said ?? "")?.[1]) * 1000;
  // Written so that a size which is not there, NaN, is a problem too.
  if (!(Math.abs(there - size) <= size * TOLERANCE)) problems.push(`README.md does not tell the size of ${name}`);
}
if (process.argv.includes("--write")) {
  const rows = bundles.map(({ name, size }) => `| ${name} | \`${wanted.get(name)}\` | ${kilobytes(size)} |`);
  const table = ["| bundle | of | min+gzip |", "|---|---|---|", ...rows, ""].join("\n");
  writeFileSync(readme, `${text.slice(0, begin)}${BEGIN}${table}${text.slice(end)}`);
} else {
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

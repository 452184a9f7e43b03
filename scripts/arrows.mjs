// Checks what a linter cannot see: which package may import which, that no two files import each other in a circle, that
// portable packages reach no runtime, clock or random source, that only shells touch sockets, and that files stay short.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { root } from "./workspace.mjs";

/** What each package may import, `type …` for types only. Everything else is an error. */
const arrows = {
  framing: [],
  xml: ["saxes"],
  socket: [],
  conformance: ["@netconf-kit/socket"],
  tls: ["@noble/hashes"],
  ssh: ["@netconf-kit/socket", "@noble/ciphers", "@noble/curves", "@noble/hashes", "@noble/post-quantum"],
  core: ["@netconf-kit/framing", "@netconf-kit/socket", "@netconf-kit/xml"],
  server: ["@netconf-kit/core", "@netconf-kit/socket", "@netconf-kit/xml"],
  "call-home": ["@netconf-kit/core", "@netconf-kit/socket", "@netconf-kit/xml"],
  netconf: [
    "@netconf-kit/call-home",
    "@netconf-kit/core",
    "@netconf-kit/server",
    "@netconf-kit/socket",
    "@netconf-kit/ssh",
    "@netconf-kit/xml",
  ],
  "node-adapter": ["@netconf-kit/socket", "@netconf-kit/tls", "type @netconf-kit/ssh", "node:"],
  "deno-adapter": ["@netconf-kit/socket"],
  "bun-adapter": ["@netconf-kit/socket"],
  "web-adapter": ["@netconf-kit/socket", "type @netconf-kit/ssh"],
  console: ["netconf-kit", "@netconf-kit/socket", "@netconf-kit/web-adapter", "@netconf-kit/relay/page", "preact"],
  relay: ["@netconf-kit/node-adapter", "@netconf-kit/socket", "node:", "ws"],
  cli: ["netconf-kit", "@netconf-kit/node-adapter", "@netconf-kit/relay", "node:", "commander", "picocolors"],
};

const MAX_LINES = 400;
const portable = new Set([
  "framing",
  "xml",
  "socket",
  "conformance",
  "tls",
  "ssh",
  "core",
  "server",
  "call-home",
  "netconf",
  "web-adapter",
]);
/** In these packages only `shell/` and `call-home/` may import more than types from socket. */
const machinesFirst = new Set(["ssh", "core"]);

/** A portable package names no clock and no random source; the files listed are the narrow doors to them. */
const ambient = [
  [/\bMath\.random\b/, "Math.random"],
  [/\bnew Date\b|\bDate\.now\b/, "Date"],
  [/\bglobalThis\b/, "globalThis"],
  [/\bprocess\./, "process"],
  [/\bconsole\./, "console"],
];
const doors = new Set([
  "packages/socket/src/clock.ts",
  "packages/server/src/wall-clock.ts",
  "packages/netconf/src/wall-clock.ts",
  "packages/netconf/src/chance.ts",
]);

const problems = [];
const graph = new Map();

for (const folder of Object.keys(arrows)) {
  const source = join(root, "packages", folder, "src");
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    check(folder, join(entry.parentPath, entry.name));
  }
}
findCycles();

for (const problem of problems) console.error(problem);
console.log(`arrows: ${graph.size} files, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

function check(folder, file) {
  const name = relative(root, file);
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  if (lines > MAX_LINES) problems.push(`${name}: ${lines} lines, the limit is ${MAX_LINES}`);
  const targets = [];
  for (const { specifier, typeOnly } of imports(text)) {
    if (specifier.startsWith(".")) {
      const target = normalize(join(dirname(file), specifier));
      targets.push(relative(root, target));
      if (!target.startsWith(join(root, "packages", folder, "src")))
        problems.push(`${name}: imports "${specifier}" from outside its package`);
      continue;
    }
    const allowed = arrows[folder].some((entry) => {
      const prefix = typeOnly ? entry.replace(/^type /, "") : entry;
      return specifier === prefix || specifier.startsWith(prefix.endsWith(":") ? prefix : `${prefix}/`);
    });
    if (!allowed) problems.push(`${name}: may not import "${specifier}"`);
    const shell = /\/(shell|call-home)\//.test(name) || name.endsWith("/mod.ts");
    if (machinesFirst.has(folder) && specifier === "@netconf-kit/socket" && !typeOnly && !shell) {
      problems.push(`${name}: only shells may import functions of "${specifier}"`);
    }
  }
  graph.set(name, targets);
  if (portable.has(folder) && !doors.has(name)) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    for (const [pattern, what] of ambient) if (pattern.test(code)) problems.push(`${name}: names ${what}`);
  }
}

function* imports(text) {
  const pattern = /^(?:import|export)\s+(type\s+)?(?:(\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s+from\s+)?"([^"]+)"/gm;
  for (const [, type, clause, specifier] of text.matchAll(pattern)) {
    const names = (clause ?? "")
      .replace(/[{}]/g, "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    const typeOnly = type !== undefined || (names.length > 0 && names.every((part) => part.startsWith("type ")));
    yield { specifier, typeOnly };
  }
}

function findCycles() {
  const state = new Map();
  const visit = (file, path) => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      problems.push(`import cycle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
      return;
    }
    state.set(file, "open");
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    state.set(file, "done");
  };
  for (const file of graph.keys()) visit(file, []);
}

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
const examples = Array.from(readme.matchAll(/```ts\n([\s\S]*?)```/g), ([, code = ""]) => code);

/** What an example prints. */
async function run(code: string): Promise<string[]> {
  const modules = new Map<string, unknown>([
    ["@netconf-kit/call-home", await import("../src/mod.ts")],
    ["@netconf-kit/node-adapter", await import("@netconf-kit/node-adapter")],
    ["netconf-kit", await import("netconf-kit")],
  ]);
  const lines: string[] = [];
  const body = code
    .replace(/import (?:\* as (\w+)|(\{[^}]*\})) from "([^"]+)";/g, 'const $1$2 = modules.get("$3");')
    .replaceAll("console.log(", "log(");
  const example = new Function("modules", "log", `return (async () => {${body}})();`);
  await example(modules, (...values: unknown[]) => lines.push(values.join(" ")));
  return lines;
}

describe("README", () => {
  it("has examples of at most 30 lines that run", async () => {
    const [manager = "", procedure = ""] = examples;
    for (const code of examples) expect(code.trim().split("\n").length).toBeLessThanOrEqual(30);
    expect(await run(manager)).toEqual(["true router-7", "router-7 1.1"]);
    const said = Array.from(procedure.matchAll(/\/\/ (.*)/g), ([, line]) => line);
    expect(await run(procedure)).toEqual(said);
    expect(said).toHaveLength(4);
  });
});

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
const examples = Array.from(readme.matchAll(/```ts\n([\s\S]*?)```/g), ([, code = ""]) => code);

/** What an example prints. */
async function run(code: string): Promise<string[]> {
  const modules = new Map<string, unknown>([
    ["@netconf-kit/core", await import("../src/mod.ts")],
    ["@netconf-kit/socket", await import("@netconf-kit/socket")],
    ["@netconf-kit/xml", await import("@netconf-kit/xml")],
  ]);
  const lines: string[] = [];
  const body = code
    .replace(/import \{([^}]*)\} from "([^"]+)";/g, 'const {$1} = modules.get("$2");')
    .replaceAll("console.log(", "log(");
  const example = new Function("modules", "log", `return (async () => {${body}})();`);
  await example(modules, (...values: unknown[]) => lines.push(values.join(" ")));
  return lines;
}

describe("README", () => {
  it("has examples of at most 30 lines that run", async () => {
    const [start = "", replies = "", ...more] = examples;
    for (const code of examples) expect(code.trim().split("\n").length).toBeLessThanOrEqual(30);
    expect(await run(start)).toEqual(["1.1 1", "router-7", "access-denied"]);
    const plain = [
      { name: "eth0", mtu: "1500" },
      { name: "eth1", mtu: "9000" },
    ];
    const written = JSON.stringify({ interfaces: { interface: plain } });
    expect(await run(replies)).toEqual(["9000", written, "true true"]);
    expect(more).toEqual([]);
  });
});

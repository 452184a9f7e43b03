import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

describe("README", () => {
  it("has a quick start of at most 30 lines that runs", async () => {
    const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    expect(code.trim().split("\n").length).toBeLessThanOrEqual(30);
    const modules = new Map<string, unknown>([
      ["@netconf-kit/core", await import("../src/mod.ts")],
      ["@netconf-kit/socket", await import("@netconf-kit/socket")],
      ["@netconf-kit/xml", await import("@netconf-kit/xml")],
    ]);
    const lines: string[] = [];
    const body = code
      .replace(/import \{([^}]*)\} from "([^"]+)";/g, 'const {$1} = modules.get("$2");')
      .replaceAll("console.log(", "log(");
    const run = new Function("modules", "log", `return (async () => {${body}})();`);
    await run(modules, (...values: unknown[]) => lines.push(values.join(" ")));
    expect(lines).toEqual(["1.1 1", "router-7", "access-denied"]);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";

describe("the quick start in README.md", () => {
  it("runs as printed, in at most 30 lines", async () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    expect(code.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
    const folder = mkdtempSync(join(fileURLToPath(new URL(".", import.meta.url)), "readme-"));
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      const file = join(folder, "quick-start.ts");
      writeFileSync(file, code);
      await import(pathToFileURL(file).href);
      const printed = log.mock.calls.flat().map(String).join("\n");
      expect(printed).toContain("changed by admin");
      expect(printed).toContain("+ /if:interfaces/interface[name='eth0']/mtu = 9000");
      expect(printed).toContain("<mtu>9000</mtu>");
    } finally {
      log.mockRestore();
      rmSync(folder, { recursive: true });
    }
  });
});

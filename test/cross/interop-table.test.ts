import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const table = readFileSync(new URL("../../docs/interop.md", import.meta.url), "utf8");
const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| peer"));
const folders = ["../interop", "../runtimes/suite"];
const named = [...table.matchAll(/`([\w.-]+\.ts)` "([^"]+)"/g)];

describe("docs/interop.md", () => {
  it("has a test, or a dash, in every cell of both tables", () => {
    expect(rows).toHaveLength(11);
    for (const row of rows) {
      const [, ...cells] = row.slice(2, -2).split(" | ");
      expect(cells, row).toHaveLength(4);
      for (const cell of cells) expect(cell).toMatch(/^–$|^`[\w.-]+\.ts` "/);
    }
  });

  it("names tests that are there", () => {
    expect(named.length).toBeGreaterThan(25);
    for (const [, file, name] of named) {
      const urls = folders.map((folder) => new URL(`${folder}/${file}`, import.meta.url));
      const url = urls.find((each) => existsSync(each)) ?? expect.fail(`there is no ${file}`);
      const text = readFileSync(url, "utf8");
      expect(
        ['"', "`"].some((quote) => text.includes(`${quote}${name}`)),
        `${file}: "${name}"`,
      ).toBe(true);
    }
  });
});

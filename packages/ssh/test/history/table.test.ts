import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const table = readFileSync(fileURLToPath(new URL("../../../../docs/ssh-history.md", import.meta.url)), "utf8");
const tests = new URL("../", import.meta.url);
const sources = new URL("../../src/", import.meta.url);

/** The rows: what happened, rule, where, tests. */
const rows = table
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| what happened"))
  .map((line) => line.slice(2, -2).split(" | "));

/** `file` "name" pairs. */
const named = (cell: string) =>
  [...cell.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)].map(([, file, name]) => ({ file, name }));

describe("docs/ssh-history.md", () => {
  it("has a row for each event, with a rule, a place and a test under history/", () => {
    expect(rows.length).toBe(29);
    for (const row of rows) {
      expect(row.length, row[0]).toBe(4);
      expect(
        named(row[3] ?? "").some(({ file }) => file?.startsWith("history/")),
        row[0],
      ).toBe(true);
    }
  });

  it("names places that are there", () => {
    for (const row of rows)
      for (const [, path] of (row[2] ?? "").matchAll(/`([^`]+)`/g))
        expect(existsSync(new URL(path ?? "", sources)), path).toBe(true);
  });

  it("names tests that are there", () => {
    for (const { file, name } of rows.flatMap((row) => named(row[3] ?? ""))) {
      const url = new URL(file ?? "", tests);
      expect(existsSync(url), file).toBe(true);
      const text = readFileSync(url, "utf8");
      // The name is the beginning of a string in the file: a group or a test.
      const found = ['"', "`", "'"].some((quote) => text.includes(`${quote}${name}`));
      expect(found, `${file}: "${name}"`).toBe(true);
    }
  });

  it("leaves out no group of tests under history/", () => {
    const titles = readdirSync(new URL("history/", tests))
      .filter((file) => file.endsWith(".test.ts") && file !== "table.test.ts")
      .flatMap((file) => {
        const text = readFileSync(new URL(`history/${file}`, tests), "utf8");
        return [...text.matchAll(/^describe(?:\.runIf\(\w+\))?\(\s*"([^"]+)"/gm)].map(([, title]) => title);
      });
    expect(titles.length).toBeGreaterThan(25);
    for (const title of titles) expect(table, title).toContain(`"${title}"`);
  });
});

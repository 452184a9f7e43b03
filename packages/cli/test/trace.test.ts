import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { traceTo } from "../src/trace.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("traceTo()", () => {
  it("writes each message with its direction, for the owner only", () => {
    const folder = mkdtempSync(join(tmpdir(), "trace-"));
    const path = join(folder, "trace.xml");
    const trace = traceTo(path);
    trace.onMessage("sent", bytes("<a/>"));
    trace.onMessage("received", bytes("<b/>"));
    trace.close();
    expect(readFileSync(path, "utf8")).toMatch(
      /<!-- \S+ s, sent, 4 bytes -->\n<a\/>\n\n<!-- \S+ s, received, 4 bytes -->\n<b\/>/,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  it("takes over a file that others could read, for the owner only", () => {
    const folder = mkdtempSync(join(tmpdir(), "trace-"));
    const path = join(folder, "trace.xml");
    writeFileSync(path, "", { mode: 0o644 });
    traceTo(path).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  it("says what is wrong with the path", () => {
    expect(() => traceTo("/nowhere/trace.xml")).toThrow("cannot write the trace");
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { recordTranscript, replayTranscript, transcriptCases } from "./transcripts.ts";

const folder = fileURLToPath(new URL("../../../../test/transcripts/ssh", import.meta.url));
const fileOf = (name: string): string => join(folder, `${name}.txt`);

/*
 * Whoever changes what we send, on purpose, records anew: `node scripts/record-transcripts.mjs`. The difference then shows
 * in the review. Everything else that changes a byte is a mistake that this finds.
 */
describe("our own conversations, recorded", () => {
  beforeAll(() => {
    if (process.env.RECORD_TRANSCRIPTS !== "1") return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const one of transcriptCases) writeFileSync(fileOf(one.name), recordTranscript(one));
  });

  it("are there for each case, and for nothing else", () => {
    expect(readdirSync(folder).sort()).toEqual(transcriptCases.map(({ name }) => `${name}.txt`).sort());
  });

  for (const one of transcriptCases)
    it(`${one.name}: both sides alone say it again byte for byte`, () => {
      expect(existsSync(fileOf(one.name))).toBe(true);
      const transcript = readFileSync(fileOf(one.name), "utf8");
      replayTranscript(one, "client", transcript);
      replayTranscript(one, "server", transcript);
      // It is a whole conversation: both exchanges of keys again, and data in both directions after each.
      expect(transcript.split("\n").filter((line) => line.startsWith("!")).length).toBe(11);
      expect(transcript.length).toBeGreaterThan(8000);
    });

  it("are told from others: one bit changed in either direction is found", () => {
    const [one] = transcriptCases;
    const lines = readFileSync(fileOf(one!.name), "utf8").split("\n");
    const at = lines.findLastIndex((line) => line.startsWith("c2s") || line.startsWith("s2c"));
    const changed = lines
      .with(
        at,
        lines[at]!.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
      )
      .join("\n");
    for (const role of ["client", "server"] as const) expect(() => replayTranscript(one!, role, changed)).toThrow();
  });
});

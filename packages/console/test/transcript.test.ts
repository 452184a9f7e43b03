import { describe, expect, it } from "vitest";
import { formatTranscript, Transcript } from "../src/state/transcript.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("Transcript", () => {
  it("keeps no secret, not even in memory", () => {
    const transcript = new Transcript(() => 0);
    transcript.onMessage("sent", bytes("<user><name>ada</name><password>tiger</password></user>"));
    expect(JSON.stringify(transcript.entries.value)).not.toContain("tiger");
    expect(transcript.entries.value[0]?.text).toContain("<name>ada</name>");
  });

  it("keeps as many messages as it may", () => {
    const transcript = new Transcript(() => 0, { maxEntries: 2 });
    for (const name of ["a", "b"]) transcript.onMessage("sent", bytes(`<${name}/>`));
    expect(transcript.entries.value.map(({ text }) => text)).toEqual(["<a/>", "<b/>"]);
    transcript.onMessage("sent", bytes("<c/>"));
    expect(transcript.entries.value.map(({ text }) => text)).toEqual(["<b/>", "<c/>"]);
  });

  it("keeps as many characters as it may", () => {
    const transcript = new Transcript(() => 0, { maxCharacters: 8 });
    for (const name of ["a", "b"]) transcript.onMessage("sent", bytes(`<${name}/>`));
    expect(transcript.entries.value).toHaveLength(2);
    transcript.onMessage("sent", bytes("<long/>"));
    expect(transcript.entries.value.map(({ text }) => text)).toEqual(["<long/>"]);
  });

  it("notes a long message without its text", () => {
    const transcript = new Transcript(() => 0, { maxMessageBytes: 4 });
    transcript.onMessage("received", bytes("<a/>"));
    transcript.onMessage("received", bytes("<ab/>"));
    expect(transcript.entries.value.map(({ text }) => text)).toEqual(["<a/>", "<!-- 5 bytes: too long to be kept -->"]);
  });

  it("is written with times and directions", () => {
    const transcript = new Transcript(() => 0);
    transcript.onMessage("sent", bytes("<a/>"));
    expect(formatTranscript(transcript.entries.value)).toBe("<!-- 1970-01-01T00:00:00.000Z, sent, 4 bytes -->\n<a/>\n");
  });
});

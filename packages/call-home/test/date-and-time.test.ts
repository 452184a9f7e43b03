import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDateAndTime, parseDateAndTime } from "../src/date-and-time.ts";

describe("parseDateAndTime", () => {
  it.each([
    "1970-01-01T00:00:00Z",
    "2026-11-21T00:15:00+01:00",
    "2000-02-29T23:59:59-14:00",
    "1900-03-01T00:00:00Z",
    "0000-01-01T00:00:00+00:00",
    "9999-12-31T23:59:00Z",
    "2024-02-29T12:00:00.25Z",
  ])("RFC 6991 §3: reads %s as the system's calendar does", (text) => {
    expect(parseDateAndTime(text)).toBe(Date.parse(text));
  });

  it.each([
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01 00:00:00Z",
    "2026-01-01T00:00:00+15:00",
    "x",
  ])("refuses %s", (text) => {
    expect(parseDateAndTime(text)).toBeUndefined();
  });

  it("writes what it reads, for every second of ten thousand years", () => {
    const seconds = fc.integer({ min: Date.UTC(100, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 });
    fc.assert(
      fc.property(seconds, (second) => {
        const text = formatDateAndTime(second * 1000);
        expect(text).toBe(new Date(second * 1000).toISOString().replace(".000", ""));
        expect(parseDateAndTime(text)).toBe(second * 1000);
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { countdown } from "../src/state/countdown.ts";
import { actionOf, shortcuts } from "../src/state/shortcuts.ts";

describe("countdown()", () => {
  it.each([
    [120_000, 0, "2:00", 120],
    [65_000, 0, "1:05", 65],
    [65_000, 1, "1:05", 65],
    [65_000, 64_999, "0:01", 1],
    [65_000, 65_000, "0:00", 0],
    [65_000, 99_000, "0:00", 0],
  ])("deadline %i at %i is %s", (deadline, now, text, secondsLeft) => {
    expect(countdown(deadline, now, 120_000)).toMatchObject({ text, secondsLeft, over: secondsLeft === 0 });
  });

  it("is urgent for the last fifth, and for the last ten seconds", () => {
    expect(countdown(120_000, 95_000, 120_000).urgent).toBe(false);
    expect(countdown(120_000, 96_001, 120_000).urgent).toBe(true);
    expect(countdown(20_000, 10_000, 20_000).urgent).toBe(false);
    expect(countdown(20_000, 10_001, 20_000).urgent).toBe(true);
  });

  it("gives a share from 1 to 0", () => {
    expect([0, 30, 60, 90].map((now) => countdown(60, now, 60).share)).toEqual([1, 0.5, 0, 0]);
  });
});

describe("actionOf()", () => {
  const press = { key: "d", ctrlKey: false, altKey: false, metaKey: false };

  it("finds what a key asks for", () => {
    expect(actionOf(press, false)).toEqual({ kind: "pane", pane: "data" });
    expect(actionOf({ ...press, key: "9" }, false)).toEqual({ kind: "device", place: 8 });
    expect(actionOf({ ...press, key: "q" }, false)).toBeUndefined();
  });

  it("leaves fields and the browser's own keys alone", () => {
    expect(actionOf(press, true)).toBeUndefined();
    expect(actionOf({ ...press, ctrlKey: true }, false)).toBeUndefined();
  });

  it("has one meaning for each key", () => {
    expect(new Set(shortcuts.map(({ key }) => key)).size).toBe(shortcuts.length);
  });
});

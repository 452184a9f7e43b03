import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { RelayError, type RelayErrorCode } from "../src/errors.ts";
import { RepeatCounter, type RepeatedEvent } from "../src/repeat-counter.ts";

const refused = (client: string, code: RelayErrorCode = "token-refused"): RepeatedEvent => ({
  kind: "refused",
  client,
  error: new RelayError(code, "no"),
});

function lab() {
  const clock = virtualClock();
  const told: RepeatedEvent[] = [];
  const counter = new RepeatCounter({ interval: 60_000, clock, onEvent: (event) => void told.push(event) });
  /** Who was told of since the last look, and how many of them. */
  const look = (): unknown[] =>
    told.splice(0).map((event) => [event.kind === "refused" ? event.client : event.device, event.count]);
  return { clock, counter, look };
}

describe("RepeatCounter", () => {
  it("tells the first at once, then the last with the number of them, once an interval", () => {
    const { clock, counter, look } = lab();
    for (let port = 1; port <= 100; port++) counter.add(refused(`192.0.2.1:${port}`));
    expect(look()).toEqual([["192.0.2.1:1", undefined]]);
    clock.advance(59_999);
    expect(look()).toEqual([]);
    clock.advance(1);
    expect(look()).toEqual([["192.0.2.1:100", 99]]);
    counter.add(refused("192.0.2.1:7"));
    clock.advance(60_000);
    expect(look()).toEqual([["192.0.2.1:7", undefined]]);
  });

  it("forgets who was quiet for an interval, and keeps no timer then", () => {
    const { clock, counter, look } = lab();
    counter.add(refused("192.0.2.1:1"));
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    counter.add(refused("192.0.2.1:2"));
    expect(look()).toEqual([
      ["192.0.2.1:1", undefined],
      ["192.0.2.1:2", undefined],
    ]);
  });

  it("tells sources and reasons apart, devices too", () => {
    const { counter, look } = lab();
    counter.add(refused("192.0.2.1:1"));
    counter.add(refused("192.0.2.2:1"));
    counter.add(refused("192.0.2.1:2", "target-refused"));
    counter.add({ kind: "device-dropped", device: "192.0.2.1:3", reason: "silent" });
    counter.add({ kind: "device-dropped", device: "192.0.2.1:4", reason: "too-many" });
    // Of an IPv6 network of 64 bits all addresses are one source.
    counter.add(refused("[2001:db8::1]:1"));
    counter.add(refused("[2001:db8::2]:1"));
    expect(look()).toHaveLength(6);
  });

  it("tells no more than the reasons apart when there are more than 1024 sources", () => {
    const { clock, counter, look } = lab();
    for (let net = 0; net < 8; net++)
      for (let host = 0; host < 250; host++) counter.add(refused(`198.51.${net}.${host}:1`));
    expect(look()).toHaveLength(1024 + 1);
    clock.advance(60_000);
    expect(look()).toEqual([["198.51.7.249:1", 2000 - 1024 - 1]]);
  });

  it("tells what it holds when it is closed, and leaves no timer", () => {
    const { clock, counter, look } = lab();
    for (let port = 1; port <= 3; port++) counter.add(refused(`192.0.2.1:${port}`));
    counter.close();
    expect(look()).toEqual([
      ["192.0.2.1:1", undefined],
      ["192.0.2.1:3", 2],
    ]);
    expect(clock.pending).toBe(0);
  });
});

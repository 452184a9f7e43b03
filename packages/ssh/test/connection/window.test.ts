import { describe, expect, it } from "vitest";
import { ReceiveWindow, SendWindow } from "../../src/connection/window.ts";
import { errorOf } from "../session/machine-pair.ts";

describe("windows (RFC 4254 §5.2)", () => {
  it("let the peer send exactly the window, and not one byte more", () => {
    const window = new ReceiveWindow(100);
    window.receive(60);
    window.receive(40);
    expect(errorOf(() => window.receive(1))).toMatchObject({ code: "channel-window-exceeded", fault: "peer" });
    expect(errorOf(() => new ReceiveWindow(100).receive(101)).code).toBe("channel-window-exceeded");
  });

  it("give credit once half of the window has been taken, for what was taken and nothing else", () => {
    const window = new ReceiveWindow(100);
    window.receive(100);
    expect(window.consume(49)).toBe(0);
    expect(window.consume(1)).toBe(50);
    window.receive(50);
    expect(errorOf(() => window.receive(1)).code).toBe("channel-window-exceeded");
    expect(window.consume(50)).toBe(50);
  });

  it("grow up to 2^32 - 1 and no further, without wrapping", () => {
    const window = new SendWindow(0xffffffff);
    expect(errorOf(() => window.add(1))).toMatchObject({ code: "channel-protocol", fault: "peer" });
    const other = new SendWindow(1);
    other.add(0xfffffffe);
    expect(other.available).toBe(0xffffffff);
    expect(errorOf(() => other.add(0xffffffff)).code).toBe("channel-protocol");
  });

  it("count more than 4 GiB over a channel's life", () => {
    const window = new SendWindow(0);
    let total = 0;
    for (let i = 0; i < 5000; i++) {
      window.add(1 << 20);
      window.spend(1 << 20);
      total += 1 << 20;
    }
    expect(total).toBeGreaterThan(2 ** 32);
    expect(window.available).toBe(0);
  });
});

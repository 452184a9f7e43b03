import { memoryPair, TransportError } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { join } from "../src/join.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function lab() {
  const [page, client] = memoryPair();
  const [device, deviceSide] = memoryPair();
  const clock = virtualClock();
  const traffic = join(client, deviceSide, { idleTime: 1000, clock });
  return { page, device, clock, traffic };
}

describe("join", () => {
  it("carries bytes both ways and ends both when one side ends, with every byte delivered", async () => {
    const { page, device, clock, traffic } = lab();
    await page.write(new Uint8Array([1, 2, 3]));
    expect(await device.read()).toEqual(new Uint8Array([1, 2, 3]));
    await device.write(new Uint8Array([4, 5]));
    await device.closeWrite();
    expect(await page.read()).toEqual(new Uint8Array([4, 5]));
    expect(await page.read()).toBeUndefined();
    await Promise.all([page.close(), device.close()]);
    expect(await traffic).toEqual({ bytesToDevice: 3, bytesToClient: 2 });
    expect(clock.pending).toBe(0);
  });

  it("reads no further than the other side takes", async () => {
    const { page, device, traffic } = lab();
    let sent = 0;
    const sending = (async () => {
      // Far more than may be taken in, and an end all the same.
      for (; sent < 4 * 1024 * 1024; sent += 8192) await device.write(new Uint8Array(8192));
    })();
    for (let turn = 0; turn < 200; turn++) await settled();
    // Two pairs that hold 64 KiB each, and a chunk on its way.
    expect(sent).toBeLessThanOrEqual(2 * 65_536 + 2 * 8192);
    await page.close();
    await expect(sending).rejects.toThrow();
    await device.close();
    expect(await traffic).toMatchObject({ bytesToDevice: 0 });
  });

  it("ends both sides when nothing has moved for the idle time, and not a moment before", async () => {
    const { page, device, clock, traffic } = lab();
    clock.advance(999);
    await page.write(new Uint8Array([1]));
    await device.read();
    await settled();
    clock.advance(999);
    await settled();
    let over = false;
    void traffic.then(() => {
      over = true;
    });
    await settled();
    expect(over).toBe(false);
    clock.advance(1);
    expect(await traffic).toMatchObject({ bytesToDevice: 1, error: { code: "idle", close: 4020 } });
    await expect(page.read()).rejects.toThrow();
  });

  it("says of a device whose connection breaks that it was lost, and why", async () => {
    const { page, device, traffic } = lab();
    const reset = new TransportError("reset", "the connection broke");
    await device.close(reset);
    expect(await traffic).toMatchObject({ error: { code: "device-lost", fault: "transport", close: 4014 } });
    await expect(page.read()).rejects.toMatchObject({ code: "reset" });
  });
});

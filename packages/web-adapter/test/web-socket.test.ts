import { socketCases } from "@netconf-kit/conformance";
import { describe, expect, it, vi } from "vitest";
import { webSocket } from "../src/mod.ts";
import { FakeWebSocket } from "./fake-web-socket.ts";

const tasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("webSocket()", () => {
  for (const { name, needs, run } of socketCases) {
    // A WebSocket has neither half close nor back-pressure.
    if (needs.length > 0) continue;
    it(name, () =>
      run(async () => {
        const [left, right] = FakeWebSocket.pair();
        return [webSocket(left), webSocket(right)];
      }),
    );
  }

  it("keeps as much as it is told to, ends the connection one byte over, and gives what it has kept first", async () => {
    const fake = new FakeWebSocket();
    const socket = webSocket(fake, { maxReceivedBytes: 100 });
    fake.receive(new ArrayBuffer(60));
    fake.receive(new ArrayBuffer(40));
    expect(fake.readyState).toBe(1);
    fake.receive(new ArrayBuffer(1));
    expect(fake.codes).toEqual([4009]);
    expect((await socket.read())?.length).toBe(100);
    await expect(socket.read()).rejects.toMatchObject({ name: "TransportError", code: "overrun", fault: "transport" });
    await expect(socket.write(new Uint8Array(1))).rejects.toMatchObject({ code: "overrun" });
    await expect(socket.closed).rejects.toMatchObject({ code: "overrun" });
  });

  it("counts what is waiting, not what was read", async () => {
    const fake = new FakeWebSocket();
    const socket = webSocket(fake, { maxReceivedBytes: 100 });
    for (let i = 0; i < 10; i++) {
      fake.receive(new ArrayBuffer(100));
      expect((await socket.read())?.length).toBe(100);
    }
    expect(fake.codes).toEqual([]);
  });

  it("waits in write() from one byte over its high-water mark until the runtime has sent it", async () => {
    const fake = new FakeWebSocket();
    const socket = webSocket(fake, { highWaterBytes: 100 });
    fake.bufferedAmount = 100;
    await socket.write(new Uint8Array(1));
    fake.bufferedAmount = 101;
    let written = false;
    const writing = socket.write(new Uint8Array(1)).then(() => {
      written = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toBe(false);
    fake.bufferedAmount = 100;
    await writing;
  });

  it("sends no message of more than 32 KiB, so that a bounded queue has room for it", async () => {
    const fake = new FakeWebSocket();
    await webSocket(fake).write(new Uint8Array(100_000));
    expect(fake.sent.map(({ length }) => length)).toEqual([32768, 32768, 32768, 1696]);
  });

  it("waits for a socket that is still connecting", async () => {
    const fake = new FakeWebSocket();
    fake.readyState = 0;
    const writing = webSocket(fake).write(new Uint8Array([1]));
    await tasks();
    expect(fake.sent).toEqual([]);
    fake.open();
    await writing;
    expect(fake.sent).toHaveLength(1);
  });

  it("says reset where it cannot connect", async () => {
    const fake = new FakeWebSocket();
    fake.readyState = 0;
    const socket = webSocket(fake);
    const writing = socket.write(new Uint8Array([1]));
    fake.end(1006);
    await expect(writing).rejects.toMatchObject({ code: "reset" });
    await expect(socket.read()).rejects.toMatchObject({ code: "reset" });
  });

  it("waits a second for a peer that takes nothing, then ends the connection", async () => {
    vi.useFakeTimers();
    try {
      const fake = new FakeWebSocket();
      const socket = webSocket(fake, { highWaterBytes: 100 });
      fake.bufferedAmount = 101;
      const writing = socket.write(new Uint8Array(1)).catch(({ code }) => code);
      const closing = socket.close();
      await vi.advanceTimersByTimeAsync(999);
      expect(fake.codes).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      await closing;
      expect(fake.codes).toEqual([1000]);
      fake.end(1006);
      await vi.advanceTimersByTimeAsync(10);
      expect(await writing).toBe("closed");
    } finally {
      vi.useRealTimers();
    }
  });

  it("says reset of one that was over before", async () => {
    const fake = new FakeWebSocket();
    fake.readyState = 3;
    const socket = webSocket(fake);
    await expect(socket.read()).rejects.toMatchObject({ code: "reset" });
    await expect(socket.write(new Uint8Array(1))).rejects.toMatchObject({ code: "reset" });
  });

  it("takes no text", async () => {
    const fake = new FakeWebSocket();
    const socket = webSocket(fake);
    fake.receive("text");
    await expect(socket.read()).rejects.toMatchObject({ code: "failed" });
    expect(fake.codes).toEqual([4003]);
  });

  for (const [code, outcome] of [
    [1000, "the end"],
    [1001, "the end"],
    [1005, "the end"],
    [1002, "reset"],
    [1006, "reset"],
    [1011, "reset"],
    [4000, "reset"],
  ] as const) {
    it(`takes code ${code} of a peer that closes for ${outcome} (RFC 6455 §7.4.1)`, async () => {
      const fake = new FakeWebSocket();
      const reading = webSocket(fake).read();
      fake.end(code);
      expect(
        await reading.then(
          () => "the end",
          ({ code }) => code,
        ),
      ).toBe(outcome);
    });
  }
});

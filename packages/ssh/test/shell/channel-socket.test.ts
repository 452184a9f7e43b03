import { readExactly, socketCases } from "@netconf-kit/conformance";
import { describe, expect, it } from "vitest";
import { channelPair, connect } from "./shell-pair.ts";

describe("an SSH channel as a DuplexSocket", () => {
  for (const { name, run } of socketCases) {
    it(name, async () => {
      const [client, server] = await connect();
      await run(() => channelPair(client, server));
      await client.close();
    });
  }

  it("moves data over a connection that delivers few bytes at a time, while the keys change in both directions", async () => {
    const [client, server] = await connect({ rekey: { bytes: 20_000 } }, { rekey: { bytes: 30_000 } }, 777);
    const [left, right] = await channelPair(client, server);
    const bytes = new Uint8Array(200_000).map((_, at) => at * 7);
    const [there, back] = await Promise.all([
      readExactly(right, bytes.length),
      readExactly(left, bytes.length),
      left.write(bytes),
      right.write(bytes),
    ]);
    expect(there).toEqual(bytes);
    expect(back).toEqual(bytes);
    await client.close();
  });

  it("takes one write after another from a loop without losing their order when the window is tiny", async () => {
    const [client, server] = await connect({ limits: { windowBytes: 1000 } }, { limits: { windowBytes: 1000 } });
    const [left, right] = await channelPair(client, server);
    const writes = Array.from({ length: 50 }, (_, i) => left.write(new Uint8Array(100).fill(i)));
    const all = await readExactly(right, 5000);
    for (let i = 0; i < 50; i++) expect(all[i * 100]).toBe(i);
    await Promise.all(writes);
    await client.close();
  });

  it("says how the program ended, also when both directions have ended before (RFC 4254 §6.10)", async () => {
    const [client, server] = await connect();
    const [left, right] = await channelPair(client, server);
    await left.closeWrite();
    expect(await right.read()).toBe(undefined);
    await right.closeWrite();
    expect(await left.read()).toBe(undefined);
    expect(await left.exit).toEqual({ kind: "status", status: 0 });
    await client.close();
  });

  it("rejects writes to a channel the peer has closed, and reads the rest of its data first", async () => {
    const [client, server] = await connect();
    const [left, right] = await channelPair(client, server);
    await right.write(new Uint8Array([1, 2]));
    await right.close(new Error("broken"));
    expect(await left.read()).toEqual(new Uint8Array([1, 2]));
    expect(await left.read()).toBe(undefined);
    await expect(left.write(new Uint8Array(1))).rejects.toMatchObject({ code: "channel-closed" });
    expect(await left.exit).toEqual({ kind: "status", status: 1 });
    await client.close();
  });
});

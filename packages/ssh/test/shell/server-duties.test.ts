import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import { acceptSsh, connectSsh, type OfferedHostKey, type Signer } from "../../src/mod.ts";
import { hostKey, otherHostKey } from "../session/machine-pair.ts";
import { clientDefaults, connect, serverDefaults } from "./shell-pair.ts";

describe("onHostKeys", () => {
  const hostKeys: readonly Signer[] = [hostKey, otherHostKey];

  it("gets the keys of a server, proved by an asynchronous signer too", async () => {
    const told: (readonly OfferedHostKey[])[] = [];
    const token = { ...otherHostKey, sign: async (data: Uint8Array, name: string) => otherHostKey.sign(data, name) };
    const [client] = await connect(
      // Known are ed25519 keys only; the announcement is about the others.
      { onHostKeys: (keys) => void told.push(keys), hostKeyAlgorithms: ["ssh-ed25519"] },
      { hostKeys: [hostKey, token] },
    );
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]?.map(({ publicBlob }) => publicBlob)).toEqual(hostKeys.map(({ publicBlob }) => publicBlob));
    await client.close();
  });

  it("gets nothing when a signer fails, and the connection goes on", async () => {
    const told: (readonly OfferedHostKey[])[] = [];
    const debug: string[] = [];
    const broken = { ...otherHostKey, sign: () => Promise.reject(new Error("no token")) };
    const [client] = await connect(
      { onHostKeys: (keys) => void told.push(keys), onDebug: (text) => void debug.push(text) },
      { hostKeys: [hostKey, broken] },
    );
    await expect.poll(() => debug.length).toBe(1);
    expect(debug[0]).toContain("does not prove the host keys");
    expect(told).toEqual([]);
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
    await client.close();
  });
});

describe("the keepalive of a server", () => {
  /** How a server's connection ends whose client falls silent after the login; nothing when it does not within `time`. */
  async function silence(time: number, options: Parameters<typeof acceptSsh>[1]["keepalive"]): Promise<string> {
    const clock = virtualClock();
    const [left, right] = memoryPair();
    const accepting = acceptSsh(right, {
      ...serverDefaults,
      clock,
      ...(options !== undefined && { keepalive: options }),
    });
    const client = await connectSsh(left, clientDefaults);
    const server = await accepting;
    // From here on nothing of the client's arrives.
    left.write = () => new Promise(() => {});
    clock.advance(time);
    const early = new Promise<string>((resolve) => setTimeout(() => resolve("goes on"), 20));
    const end = server.closed.then((reason) =>
      reason.kind === "failed" ? String((reason.error as { code?: string }).code) : reason.kind,
    );
    // Last words may take 2 s of the same clock.
    clock.advance(2000);
    const outcome = await Promise.race([end, early]);
    server.abort();
    client.abort();
    return outcome;
  }

  it("asks after a minute of silence, three times, and gives the connection up a minute later", async () => {
    expect(await silence(230_000, undefined)).toBe("goes on");
    expect(await silence(240_000, undefined)).toBe("keepalive-lost");
  });

  it("may be another one, or none", async () => {
    expect(await silence(30_000, { interval: 10_000, max: 2 })).toBe("keepalive-lost");
    expect(await silence(3_000_000, false)).toBe("goes on");
  });
});

import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import { acceptSsh, connectSsh, type DirectTcpipRequest, type SshServerConnection } from "../../src/mod.ts";
import { channelPair, clientDefaults, connect, serverDefaults } from "./shell-pair.ts";

/** A target that sends back what it gets. */
function echo(): DuplexSocket {
  const [near, far] = memoryPair();
  void (async () => {
    for (let chunk = await far.read(); chunk !== undefined; chunk = await far.read()) await far.write(chunk);
    await far.closeWrite();
  })().catch(() => {});
  return near;
}

async function readAll(socket: DuplexSocket): Promise<number> {
  let bytes = 0;
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read()) bytes += chunk.length;
  return bytes;
}

describe("openDirectTcpip()", () => {
  it("gives a socket to where the server connects, and megabytes go both ways and end in good order", async () => {
    const asked: DirectTcpipRequest[] = [];
    const openDirectTcpip = (request: DirectTcpipRequest): DuplexSocket => {
      asked.push(request);
      return echo();
    };
    const [client, server] = await connect({}, { openDirectTcpip });
    const socket = await client.openDirectTcpip({ host: "2001:db8::7", port: 830 });
    expect(socket.remote).toBe("[2001:db8::7]:830");
    expect(asked).toMatchObject([{ host: "2001:db8::7", port: 830, originatorHost: "127.0.0.1", username: "ada" }]);
    const reading = readAll(socket);
    for (let i = 0; i < 40; i++) await socket.write(new Uint8Array(100_000));
    await socket.closeWrite();
    expect(await reading).toBe(4_000_000);
    await socket.closed;
    await client.close();
    await server.closed;
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it("is refused by default, by the application, and where nobody is", async () => {
    const refusal = { code: "channel-open-refused", fault: "peer" };
    const target = { host: "192.0.2.1", port: 22 };
    const [plain] = await connect();
    await expect(plain.openDirectTcpip(target)).rejects.toMatchObject(refusal);
    const [prohibited] = await connect({}, { openDirectTcpip: () => undefined });
    await expect(prohibited.openDirectTcpip(target)).rejects.toThrow("with reason 1");
    for (const openDirectTcpip of [
      () => Promise.reject(new Error("nobody there")),
      () => {
        throw new Error("nobody there");
      },
    ]) {
      const [failing] = await connect({}, { openDirectTcpip });
      await expect(failing.openDirectTcpip(target)).rejects.toThrow("with reason 2");
      expect(await failing.ping()).toBeGreaterThanOrEqual(0);
      await failing.close();
    }
    await plain.close();
    await prohibited.close();
  });

  it("ends with the target: its end is an end, its error closes the channel", async () => {
    for (const reason of [undefined, new Error("cut")]) {
      const [near, far] = memoryPair();
      const [client] = await connect({}, { openDirectTcpip: () => near });
      const socket = await client.openDirectTcpip({ host: "h", port: 1 });
      await far.write(new Uint8Array(5));
      await far.close(reason);
      expect(await readAll(socket)).toBe(5);
      // An end leaves the other direction open, an error does not.
      if (reason === undefined) await socket.closeWrite();
      await socket.closed;
      await client.close();
    }
  });

  it("closes the target when the channel or the connection is over", async () => {
    for (const end of ["channel", "connection"] as const) {
      const [near, far] = memoryPair();
      const [client] = await connect({}, { openDirectTcpip: () => near });
      const socket = await client.openDirectTcpip({ host: "h", port: 1 });
      if (end === "channel") await socket.close();
      else await client.close();
      expect(await far.read().catch(() => undefined)).toBe(undefined);
      await near.closed.catch(() => {});
      await client.close();
    }
  });

  it("rejects with the reason of an abort, and the connection goes on", async () => {
    const pending: ((socket: DuplexSocket) => void)[] = [];
    const openDirectTcpip = () => new Promise<DuplexSocket>((resolve) => pending.push(resolve));
    const [client, server] = await connect({}, { openDirectTcpip });
    const abort = new AbortController();
    const opening = client.openDirectTcpip({ host: "h", port: 1 }, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    await expect.poll(() => pending.length).toBe(1);
    const target = echo();
    pending[0]?.(target);
    // The server's side is told to close what it has just opened.
    await target.closed;
    await channelPair(client, server);
    await client.close();
  });

  it("closes a socket that the application brings too late", async () => {
    const clock = virtualClock();
    const [left, right] = memoryPair();
    const pending: ((socket: DuplexSocket) => void)[] = [];
    const accepting = acceptSsh(right, {
      ...serverDefaults,
      clock,
      openDirectTcpip: () => new Promise<DuplexSocket>((resolve) => pending.push(resolve)),
    });
    const client = await connectSsh(left, clientDefaults);
    await accepting;
    const opening = client.openDirectTcpip({ host: "h", port: 1 });
    await expect.poll(() => pending.length).toBe(1);
    clock.advance(30_000);
    await expect(opening).rejects.toThrow("with reason 2");
    const late = echo();
    pending[0]?.(late);
    await late.closed;
    await client.close();
  });
});

describe("a jump host", () => {
  it("is only another socket: SSH over a channel of SSH over a channel of SSH", async () => {
    const servers: SshServerConnection[] = [];
    /** A server that leads to the next one. */
    const hop = (next?: () => DuplexSocket): DuplexSocket => {
      const [near, far] = memoryPair();
      const openDirectTcpip = next && ((): DuplexSocket => next());
      void acceptSsh(far, { ...serverDefaults, ...(openDirectTcpip && { openDirectTcpip }) }).then((server) => {
        servers.push(server);
      });
      return near;
    };
    const first = await connectSsh(
      hop(() => hop(() => hop())),
      clientDefaults,
    );
    const second = await connectSsh(await first.openDirectTcpip({ host: "second", port: 22 }), clientDefaults);
    const third = await connectSsh(await second.openDirectTcpip({ host: "third", port: 830 }), clientDefaults);
    const innermost = servers[2];
    if (innermost === undefined) throw new Error("there is no third server");
    const [near, far] = await channelPair(third, innermost);
    const reading = readAll(far);
    for (let i = 0; i < 30; i++) await near.write(new Uint8Array(100_000));
    await near.closeWrite();
    expect(await reading).toBe(3_000_000);
    await third.close();
    expect((await innermost.closed).kind).toBe("disconnected");
    await second.close();
    await first.close();
  });
});

import { once } from "node:events";
import { listenTcp, type TcpListener } from "@netconf-kit/node-adapter";
import { type DuplexSocket, memoryPair, type ServedConnection } from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import type { CalledTcp } from "../src/proxy/called-tcp.ts";
import { callTcp } from "../src/proxy/called-tcp.ts";
import { execOnSocket } from "../src/proxy/exec-on-socket.ts";
import { relayTo } from "../src/proxy/relay-to.ts";
import { splitWords } from "../src/proxy/split-words.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const signal = new AbortController().signal;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A called connection, and the manager's end of it. */
async function call(): Promise<{ readonly called: CalledTcp; readonly manager: DuplexSocket }> {
  const listener: TcpListener = await listenTcp();
  const accepting = listener[Symbol.asyncIterator]().next();
  const called = await callTcp({ host: "127.0.0.1", port: listener.port }, { signal });
  const { value: manager } = await accepting;
  await listener.close();
  if (manager === undefined) throw new Error("nobody called");
  stops.push(() => manager.close(), called.close);
  return { called, manager };
}

/** Everything up to the end. */
async function readAll(socket: DuplexSocket): Promise<string> {
  let text = "";
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read())
    text += new TextDecoder().decode(chunk);
  return text;
}

/** `sh -c` as the program, so that a test can say what it does. */
const shell = (script: string): readonly string[] => ["/bin/sh", "-c", script];

describe("splitWords()", () => {
  it.each([
    ["/usr/sbin/sshd -i", ["/usr/sbin/sshd", "-i"]],
    ["  a\tb\n c ", ["a", "b", "c"]],
    [`a 'b c' "d e"f`, ["a", "b c", "d ef"]],
    [`a '' ""`, ["a", "", ""]],
    [String.raw`a\ b "c\"d" 'e\f'`, ["a b", 'c"d', String.raw`e\f`]],
    ["echo $HOME | cat; `id` > *", ["echo", "$HOME", "|", "cat;", "`id`", ">", "*"]],
  ])("parts %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each(["", "  ", "'open", '"open', "end\\"])("refuses %j", (text) => {
    expect(() => splitWords(text)).toThrow(expect.objectContaining({ name: "UsageError" }));
  });
});

describe("execOnSocket()", () => {
  for (const pipes of [false, true]) {
    const how = pipes ? "over pipes" : "with the connection itself as standard input and output";
    it(`runs a program ${how}: bytes of both directions, and both ends`, async () => {
      const { called, manager } = await call();
      await manager.write(bytes("before it ran\n"));
      const served = await execOnSocket(shell("head -n 2; printf 'and out\\n'"), called, { pipes });
      await manager.write(bytes("after it ran\n"));
      expect(await readAll(manager)).toBe("before it ran\nafter it ran\nand out\n");
      expect(await served.closed).toEqual({});
    });

    it(`ends the connection when the program ends ${how}, and the program when it is told to`, async () => {
      const { called, manager } = await call();
      const served = await execOnSocket(shell("exec cat"), called, { pipes });
      await manager.write(bytes("x"));
      expect(await manager.read()).toEqual(Buffer.from("x"));
      await served.close();
      expect(await served.closed).toMatchObject({ error: { message: "/bin/sh ended with SIGTERM" } });
      expect(await readAll(manager).catch(() => "")).toBe("");
    });
  }

  it("gives it a socket, as inetd does", async () => {
    const { called, manager } = await call();
    await execOnSocket(shell("readlink /proc/self/fd/0 /proc/self/fd/1"), called, { pipes: false });
    expect(await readAll(manager)).toMatch(/^(socket:\[\d+\]\n)\1$/);
  });

  it("takes 0 and sshd's 255 for a good end, anything else for an error", async () => {
    const end = async (script: string) => {
      const { called } = await call();
      return (await execOnSocket(shell(script), called)).closed;
    };
    expect(await end("exit 255")).toEqual({});
    expect(await end("exit 3")).toMatchObject({ error: { message: "/bin/sh ended with exit code 3" } });
  });

  it("says when the program cannot be run", async () => {
    const { called } = await call();
    await expect(execOnSocket(["/nowhere/sshd", "-i"], called)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining("/nowhere/sshd"),
    });
  });
});

describe("relayTo()", () => {
  async function relayed(): Promise<{
    readonly manager: DuplexSocket;
    readonly server: DuplexSocket;
    readonly served: ServedConnection;
  }> {
    const { called, manager } = await call();
    const [near, server] = memoryPair();
    const served = await relayTo(async () => near, called, { signal });
    stops.push(served.close);
    return { manager, server, served };
  }

  it("passes bytes and half ends on, in both directions, and is over when both are", async () => {
    const { manager, server, served } = await relayed();
    await manager.write(bytes("to the server"));
    await manager.closeWrite();
    expect(await readAll(server)).toBe("to the server");
    await server.write(bytes("to the manager"));
    await server.closeWrite();
    expect(await readAll(manager)).toBe("to the manager");
    await served.closed;
  });

  it("breaks both off when one breaks, and says why", async () => {
    const { manager, server, served } = await relayed();
    await server.close(new Error("cut"));
    await expect(served.closed).rejects.toMatchObject({ layer: "transport", code: "reset" });
    expect(await readAll(manager)).toBe("");
  });

  it("ends both when told to", async () => {
    const { manager, server, served } = await relayed();
    await served.close();
    expect(await readAll(manager).catch(() => "")).toBe("");
    expect(await readAll(server).catch(() => "")).toBe("");
  });

  it("fails when the server is not there", async () => {
    const { called } = await call();
    const dial = async (): Promise<DuplexSocket> => {
      throw new Error("connection refused");
    };
    await expect(relayTo(dial, called, { signal })).rejects.toThrow("connection refused");
  });
});

it("callTcp() tells where the manager is, and closes", async () => {
  const listener = await listenTcp();
  stops.push(() => listener.close());
  const called = await callTcp({ host: "127.0.0.1", port: listener.port }, { signal });
  expect(called.remote).toBe(`127.0.0.1:${listener.port}`);
  const closed = once(called.tcp, "close");
  await called.close();
  await closed;
});

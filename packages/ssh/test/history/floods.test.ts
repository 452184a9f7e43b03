import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { encodeChannelOpen, encodeGlobalRequest } from "../../src/messages/connection.ts";
import { encodeKexInit } from "../../src/messages/kex.ts";
import { encodeIgnore } from "../../src/messages/transport.ts";
import { acceptSsh, type SshServerConnection } from "../../src/mod.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { makeKexInit } from "../../src/transport/negotiate.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { answerClient, clientOptions, errorOf, MachinePair, rightPassword } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { eventsOf, opened, say } from "./stand.ts";

const quickPair = () =>
  new MachinePair({
    client: { algorithms: quickCrypto },
    server: { algorithms: quickCrypto, hostKeys: [quickSigner] },
  });
const none = new Uint8Array(0);
const kexInit = encodeKexInit(makeKexInit("client", quickCrypto, new Uint8Array(16), false));
const keepalive = (name: string) => encodeGlobalRequest({ type: "globalRequest", name, wantReply: true, data: none });
const ping = new SshWriter().u8(192).string(new Uint8Array(1000)).take();

/** A client without manners: logged in, it says anything and reads when it likes. */
class Attacker {
  readonly #machine: SshClientMachine;
  readonly #socket: DuplexSocket;

  constructor(socket: DuplexSocket) {
    this.#socket = socket;
    this.#machine = new SshClientMachine(clientOptions({ algorithms: quickCrypto }));
    this.#machine.login("ada", [{ method: "password", password: "secret" }]);
  }

  async login(): Promise<void> {
    for (;;) {
      for (let event = this.#machine.nextEvent(); event !== undefined; event = this.#machine.nextEvent()) {
        if (event.type === "ready") return;
        answerClient(this.#machine, event, {});
      }
      const bytes = this.#machine.takeOutput();
      if (bytes !== undefined) await this.#socket.write(bytes);
      else this.#machine.receive((await this.#socket.read()) ?? none);
    }
  }

  /** Sends until nobody takes any more, or `atMost` bytes. Gives the bytes that went, and the write that waits. */
  async flood(payload: Uint8Array, atMost: number): Promise<{ sent: number; waiting: Promise<void> | undefined }> {
    const { transport } = this.#machine as unknown as { transport: { transfer(a: Uint8Array, b: Uint8Array): void } };
    let sent = 0;
    while (sent < atMost) {
      for (let i = 0; i < 100; i++) transport.transfer(payload, none);
      const bytes = this.#machine.takeOutput() ?? none;
      let taken = false;
      const writing = this.#socket.write(bytes).then(() => {
        taken = true;
      });
      // Everything here moves by promises alone: whoever is not there after so many turns does not come.
      for (let turn = 0; turn < 50 && !taken; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (!taken) return { sent, waiting: writing };
      sent += bytes.length;
    }
    return { sent, waiting: undefined };
  }

  async leave(): Promise<void> {
    await this.#socket.close();
  }

  async readUntil(done: Promise<unknown>): Promise<number> {
    let over = false;
    let read = 0;
    void done.then(() => {
      over = true;
    });
    while (!over) {
      const chunk = await this.#socket.read();
      if (chunk === undefined) break;
      read += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return read;
  }
}

async function attacked(): Promise<{ attacker: Attacker; server: SshServerConnection }> {
  const [left, right] = memoryPair();
  const attacker = new Attacker(left);
  const accepting = acceptSsh(right, {
    hostKeys: [quickSigner],
    algorithms: quickCrypto,
    authenticate: rightPassword,
  });
  await attacker.login();
  return { attacker, server: await accepting };
}

describe("CVE-2025-26466 OpenSSH, questions to a peer whose answers nobody reads", () => {
  const questions: readonly (readonly [string, Uint8Array])[] = [
    ["PING", ping],
    ["keepalive", keepalive("keepalive@openssh.com")],
    ["an unknown global request", keepalive("eat@memory")],
    ["an unknown message", Uint8Array.of(201)],
    [
      "CHANNEL_OPEN of an unknown type",
      encodeChannelOpen({
        type: "channelOpen",
        channelType: "x11",
        senderChannel: 1,
        initialWindowSize: 1,
        maximumPacketSize: 1,
        data: none,
      }),
    ],
  ];
  for (const [name, payload] of questions)
    it(`a flood of ${name} is not read any more before a megabyte, and goes on when the answers are taken`, async () => {
      const { attacker, server } = await attacked();
      const { sent, waiting } = await attacker.flood(payload, 16 << 20);
      // 256 KiB of output, and what two sockets of 64 KiB hold.
      expect(sent).toBeLessThan(payload === ping ? 2 << 20 : 1 << 20);
      expect(waiting).toBeDefined();
      expect(await attacker.readUntil(waiting!)).toBeGreaterThan(0);
      await attacker.leave();
      await server.closed;
    });

  it("a flood of IGNORE costs nothing but its reading", async () => {
    const { attacker, server } = await attacked();
    const { waiting } = await attacker.flood(encodeIgnore({ type: "ignore", data: new Uint8Array(1000) }), 8 << 20);
    expect(waiting).toBe(undefined);
    await attacker.leave();
    await server.closed;
    const { machine, peer } = opened("server");
    for (let i = 0; i < 1000; i++) expect(say(peer, machine, Uint8Array.of(2, 0, 0, 0, 0))).toEqual([]);
    expect(machine.outputLength).toBe(0);
  });

  it("a stranger's flood ends with the first byte over a megabyte", () => {
    const { machine, peer } = opened("server", "service");
    const ignore = encodeIgnore({ type: "ignore", data: new Uint8Array(30_000) });
    let sent = 0;
    const flood = () => {
      for (let i = 0; i < 100; i++) {
        sent += 30_000;
        say(peer, machine, ignore);
      }
    };
    expect(errorOf(flood)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
    expect(sent).toBeLessThan((1 << 20) + 60_000);
    expect(sent).toBeGreaterThan((1 << 20) - 60_000);
  });
});

describe("rekey flood May 2026 OpenSSH and CVE-2025-22869 Go, a key exchange that is never finished", () => {
  it("a second KEXINIT, or anything but the exchange, ends the connection", () => {
    for (const payload of [kexInit, keepalive("x"), ping, Uint8Array.of(94, 0, 0, 0, 0, 0, 0, 0, 0)]) {
      const { machine, peer } = opened("server");
      peer.transport.transfer(kexInit, none);
      peer.transport.transfer(payload, none);
      expect(errorOf(() => machine.receive(peer.transport.takeOutput() ?? none))).toMatchObject({
        code: "message-not-allowed",
        disconnectReason: 2,
      });
      expect(eventsOf(machine)).toEqual([]);
    }
  });

  it("answers held back meanwhile end at 256 KiB", () => {
    const { machine, peer } = opened("server");
    machine.rekey();
    machine.takeOutput();
    let asked = 0;
    // The peer acts as if it had not seen our KEXINIT: its requests are legal, and their answers have to wait.
    const flood = () => {
      for (; asked < 10_000; asked++) {
        peer.send(keepalive("x"));
        machine.receive(peer.transport.takeOutput() ?? none);
      }
    };
    expect(errorOf(flood)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
    expect(asked).toBeLessThan(4097);
    expect(machine.isClosed).toBe(true);
  });

  it("one that stays unfinished has 30 s", () => {
    const { machine, peer } = opened("server");
    peer.transport.transfer(kexInit, none);
    machine.receive(peer.transport.takeOutput() ?? none);
    expect(errorOf(() => machine.advance(30_000))).toMatchObject({ code: "timeout-key-exchange" });
  });

  it("finished ones without traffic end at the 33rd, and two hundred with time between leave nothing behind", () => {
    const hasty = quickPair().run();
    const flood = () => {
      for (let i = 0; i < 33; i++) {
        hasty.client.rekey();
        hasty.run();
      }
    };
    expect(errorOf(flood)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
    expect(hasty.clientEvents.filter(({ type }) => type === "rekeyed").length).toBe(32);

    const pair = quickPair();
    const { client } = pair.openChannel();
    for (let i = 0; i < 200; i++) {
      pair.advance(2000);
      (i % 2 === 0 ? pair.client : pair.server).rekey();
      pair.run();
    }
    expect(pair.clientEvents.filter(({ type }) => type === "rekeyed").length).toBe(200);
    expect(pair.client.outputLength + pair.server.outputLength).toBe(0);
    expect(pair.client.writeChannel(client, new Uint8Array(5), 1 << 20)).toBe(5);
    pair.run();
    expect(pair.serverEvent("channelData")?.bytes.length).toBe(5);
  });
});

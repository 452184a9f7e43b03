import { describe, expect, it } from "vitest";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { legacyAlgorithms } from "../../src/legacy.ts";
import { decodeUserauthInfoRequest, decodeUserauthInfoResponse } from "../../src/messages/auth-reply.ts";
import { encodeChannelData } from "../../src/messages/channel.ts";
import { decodeKexInit } from "../../src/messages/kex.ts";
import { decodeExtInfo, encodeDebug } from "../../src/messages/transport.ts";
import type { SshServerMachine } from "../../src/session/server-machine.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { errorOf } from "../session/machine-pair.ts";
import { quickCrypto } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";
import { plainPacket } from "../transport/plain-packets.ts";
import { eventsOf, newMachine, opened, say, standIn } from "./stand.ts";

const cbc = legacyAlgorithms({ dangerouslyAllow: ["cbc-ciphers"] });
const suites = [...defaultClientAlgorithms.cipher, ...cbc.cipher.filter(({ name }) => name.endsWith("-cbc"))].flatMap(
  (cipher) => (cipher.authenticated ? [undefined] : defaultClientAlgorithms.mac).map((mac) => ({ cipher, mac })),
);

/** A server behind its key exchange, and the bytes of one packet that it would take: DEBUG, which shows itself. */
function waiting({ cipher, mac }: (typeof suites)[number]): { server: SshServerMachine; packet: Uint8Array } {
  const algorithms = { ...quickCrypto, cipher: [cipher], mac: mac === undefined ? quickCrypto.mac : [mac] };
  const peer = new RawPeer("client", algorithms);
  const server = newMachine("server", { algorithms }) as SshServerMachine;
  peer.exchange(server);
  peer.send(encodeDebug({ type: "debug", alwaysDisplay: true, message: "shown", languageTag: "" }));
  return { server, packet: peer.transport.takeOutput() ?? new Uint8Array(0) };
}

describe("a changed packet: the tag comes before everything else", () => {
  for (const suite of suites) {
    const name = `${suite.cipher.name} ${suite.mac?.name ?? ""}`.trimEnd();
    it(`each byte flipped, ${name}: nothing gets through, and the machine has ended`, () => {
      const { length } = waiting(suite).packet;
      for (let at = 0; at < length; at++) {
        const { server, packet } = waiting(suite);
        packet[at] = (packet[at] ?? 0) ^ (1 << (at % 8));
        // Enough behind it for the length to come true that the change may have made.
        const send = () => {
          server.receive(packet);
          server.receive(new Uint8Array(300_000));
        };
        expect(errorOf(send), `byte ${at}`).toMatchObject({ fault: "peer" });
        expect(["mac-mismatch", "packet-too-long", "malformed-packet"]).toContain(
          (server.failure as { code?: string }).code,
        );
        expect(eventsOf(server), `byte ${at}`).toEqual([]);
        expect(server.isClosed).toBe(true);
      }
    });

    it(`cut at each byte, ${name}: it waits, and the end of the stream is an error`, () => {
      const { server, packet } = waiting(suite);
      for (const byte of packet.subarray(0, -1)) {
        server.receive(Uint8Array.of(byte));
        expect(eventsOf(server)).toEqual([]);
      }
      const cut = waiting(suite);
      cut.server.receive(packet.subarray(0, -1));
      expect(errorOf(() => cut.server.receiveEnd())).toMatchObject({ code: "connection-ended", fault: "transport" });
      server.receive(packet.subarray(-1));
      expect(eventsOf(server)).toEqual(["debug"]);
    });
  }
});

describe("CVE-2008-5161, the length of a CBC packet as an oracle", () => {
  const suite = suites.find(({ cipher, mac }) => cipher.name === "aes128-cbc" && mac?.encryptThenMac === false)!;
  it("a wrong length and a wrong MAC end alike, after the same number of bytes", () => {
    const outcomes = new Set<string>();
    for (const at of [0, 1, 2, 3, 16, 33]) {
      const { server, packet } = waiting(suite);
      packet[at] = (packet[at] ?? 0) ^ 0x80;
      const error = errorOf(() => {
        server.receive(packet);
        server.receive(new Uint8Array(40_000));
      });
      outcomes.add(`${(error as { code?: string }).code} ${(error as { disconnectReason?: number }).disconnectReason}`);
    }
    expect([...outcomes]).toEqual(["mac-mismatch 5"]);
  });

  it("is no default: CBC has to be asked for by a name that says so", () => {
    expect(defaultClientAlgorithms.cipher.filter(({ name }) => name.includes("cbc"))).toEqual([]);
  });
});

describe("CVE-2024-43410 russh and CVE-2026-55200 libssh2, packet_length", () => {
  const lengths = [0, 1, 3, 5, 11, 13, 35_001, 262_145, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
  it("is refused from its four bytes alone, in plain text", () => {
    for (const role of ["client", "server"] as const)
      for (const length of lengths) {
        const machine = newMachine(role);
        machine.receive(new TextEncoder().encode("SSH-2.0-x\r\n"));
        machine.takeOutput();
        expect(
          errorOf(() => machine.receive(u32(length))),
          `${length}`,
        ).toMatchObject({ fault: "peer", disconnectReason: 2 });
      }
  });

  it("is refused from its four bytes alone where it stays readable, and within one block elsewhere", () => {
    for (const suite of suites.filter(({ cipher, mac }) => cipher.name.includes("gcm") || mac?.encryptThenMac))
      for (const length of lengths) {
        const { server } = waiting(suite);
        expect(
          errorOf(() => server.receive(u32(length))),
          `${suite.cipher.name} ${length}`,
        ).toMatchObject({ fault: "peer" });
      }
  });

  it("may announce what is allowed, and nothing is made for it before it comes", () => {
    const { server, packet } = waiting(suites.find(({ cipher }) => cipher.name.includes("gcm"))!);
    server.receive(u32(34_992));
    // The input buffer grows with what arrives: a thousand such peers cost a thousand times this much.
    expect(server.failure).toBe(undefined);
    expect(server.outputLength).toBe(0);
    expect(packet.length).toBeLessThan(100);
  });

  it("padding below 4, as long as the packet or longer is refused", () => {
    for (const padding of [0, 3, 11, 12, 13, 255]) {
      const machine = newMachine("server");
      machine.receive(new TextEncoder().encode("SSH-2.0-x\r\n"));
      const packet = Uint8Array.from([0, 0, 0, 12, padding, 2, ...new Array(10).fill(0)]);
      expect(
        errorOf(() => machine.receive(packet)),
        `${padding}`,
      ).toMatchObject({ code: "malformed-packet" });
    }
  });
});

describe("CVE-2026-42189 russh, jsch 1139, libssh2 55199, counts from the wire", () => {
  const huge = [257, 0x3fffffff, 0x7fffffff, 0x80000000, 0xffffffff];

  it("prompts, responses and extensions: a count is compared with the bytes left", () => {
    for (const count of huge) {
      const prompts = new SshWriter().u8(60).text("").text("").text("").u32(count).take();
      const responses = new SshWriter().u8(61).u32(count).take();
      const extensions = new SshWriter().u8(7).u32(count).take();
      for (const decode of [
        () => decodeUserauthInfoRequest(prompts),
        () => decodeUserauthInfoResponse(responses),
        () => decodeExtInfo(extensions),
      ])
        expect(errorOf(decode), `${count}`).toMatchObject({ code: "malformed-message", fault: "peer" });
    }
  });

  it("the same through the machines: an EXT_INFO that would loop for ever ends the connection at once", () => {
    // Where it may stand: RFC 8308 §2.4.
    for (const [role, phase] of [
      ["client", "authentication"],
      ["server", "service"],
    ] as const)
      for (const count of huge) {
        const stand = standIn(role, phase, true);
        const extInfo = new SshWriter().u8(7).u32(count).take();
        expect(errorOf(() => stand.inject(extInfo))).toMatchObject({ code: "malformed-message", fault: "peer" });
      }
  });

  it("strings and name-lists: a length is compared with the bytes left", () => {
    for (const length of [1, 0x3fffffff, 0xffffffff]) {
      const kexInit = new SshWriter().u8(20).bytes(new Uint8Array(16)).u32(length).take();
      expect(errorOf(() => decodeKexInit(kexInit))).toMatchObject({ code: "malformed-message" });
    }
    const { machine, peer } = opened("server");
    const data = encodeChannelData({ type: "channelData", recipientChannel: 0, data: new Uint8Array(2) });
    data.fill(255, 5, 9);
    expect(errorOf(() => say(peer, machine, data))).toMatchObject({ code: "malformed-message" });
  });

  it("bytes behind the end of a message are an error", () => {
    for (const payload of [
      Uint8Array.of(52, 0),
      Uint8Array.from([...encodeDebug({ type: "debug", alwaysDisplay: false, message: "", languageTag: "" }), 0]),
    ]) {
      const stand = standIn("client", "authentication", true);
      expect(errorOf(() => stand.inject(payload))).toMatchObject({ code: "malformed-message" });
      expect(eventsOf(stand.machine)).toEqual([]);
    }
  });
});

describe("CVE-2025-30211 Erlang, monstrous name-lists and versions", () => {
  const kexInitWith = (list: string): Uint8Array => {
    const writer = new SshWriter().u8(20).bytes(new Uint8Array(16));
    for (let i = 0; i < 10; i++) writer.text(i === 0 ? list : "none");
    return writer.bool(false).u32(0).take();
  };

  it("more than 256 names, a name over 64 characters and one that is not printable are refused", () => {
    for (const [list, ok] of [
      [Array.from({ length: 256 }, (_, i) => `n${i}`).join(), true],
      [Array.from({ length: 257 }, (_, i) => `n${i}`).join(), false],
      ["x".repeat(64), true],
      ["x".repeat(65), false],
      ["", true],
      ["a\u0000b", false],
      ["a\u001b[2J", false],
      [",".repeat(20_000), false],
    ] as const) {
      if (ok)
        expect(decodeKexInit(kexInitWith(list)).kexAlgorithms.length).toBe(list === "" ? 0 : list.split(",").length);
      else expect(errorOf(() => decodeKexInit(kexInitWith(list)))).toMatchObject({ code: "malformed-message" });
    }
  });

  it("a hundred thousand KEXINITs cost a stranger its connection at the second", () => {
    const machine = newMachine("server");
    machine.receive(new TextEncoder().encode("SSH-2.0-x\r\n"));
    const packet = plainPacket(kexInitWith("quick-kex@test"));
    expect(
      errorOf(() => {
        for (let i = 0; i < 2; i++) machine.receive(packet);
      }),
    ).toMatchObject({ fault: "peer" });
  });

  it("an endless line and endless lines before the identification are cut off", () => {
    const client = newMachine("client");
    expect(errorOf(() => client.receive(new Uint8Array(255).fill(65)))).toMatchObject({
      code: "version-line-too-long",
    });
    const banner = newMachine("client");
    const line = new TextEncoder().encode(`${"x".repeat(200)}\r\n`);
    for (let i = 0; i < 50; i++) banner.receive(line);
    expect(errorOf(() => banner.receive(line))).toMatchObject({ code: "limit-exceeded" });
    // A server takes none, and says so at the first byte.
    expect(errorOf(() => newMachine("server").receive(Uint8Array.of(120)))).toMatchObject({ code: "version-mismatch" });
  });
});

describe("zip bombs: russh May and August 2026", () => {
  it("there is no compression to ask for, before the login or after", () => {
    const init = standIn("server", "initial-kexinit", true);
    const zlibOnly = new SshWriter().u8(20).bytes(new Uint8Array(16)).text("quick-kex@test").text("quick-key@test");
    for (const list of ["aes128-ctr", "aes128-ctr"]) zlibOnly.text(list);
    for (let i = 0; i < 2; i++) zlibOnly.text(quickCrypto.mac[0]!.name);
    for (const list of ["zlib@openssh.com,zlib", "zlib", "", ""]) zlibOnly.text(list);
    expect(errorOf(() => init.inject(zlibOnly.bool(false).u32(0).take()))).toMatchObject({
      code: "no-common-algorithm",
    });
    // NEWCOMPRESS and NEWPKT numbers are unknown at any time.
    const { machine, peer } = opened("client");
    say(peer, machine, Uint8Array.of(8));
    expect(machine.failure).toBe(undefined);
  });
});

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

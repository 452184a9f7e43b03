import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PublicValueKex } from "../../src/algorithms/kex/kex-algorithm.ts";
import { algorithmNamed, defaultClientAlgorithms, defaultServerAlgorithms } from "../../src/algorithms/registry.ts";
import { encodeEcdhInit, encodeKexInit } from "../../src/messages/kex.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { makeKexInit } from "../../src/transport/negotiate.ts";
import { SshReader } from "../../src/wire/reader.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { errorOf, hostKey, MachinePair, serverOptions, userKey } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { plainPacket } from "../transport/plain-packets.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import { eventsOf, opened } from "./stand.ts";

/** A server that has got a client's KEXINIT for this method, in plain text. */
function serverBefore(kex: string, changes: object = {}): SshServerMachine {
  const algorithms = {
    ...quickCrypto,
    keyExchange: [...defaultClientAlgorithms.keyExchange, ...quickCrypto.keyExchange],
  };
  const server = new SshServerMachine(serverOptions({ algorithms, hostKeys: [quickSigner] }));
  server.receive(new TextEncoder().encode("SSH-2.0-plain\r\n"));
  const init = makeKexInit("client", quickCrypto, new Uint8Array(16), false);
  server.receive(plainPacket(encodeKexInit({ ...init, kexAlgorithms: [kex], ...changes })));
  return server;
}

const initWith = (clientPublic: Uint8Array) => plainPacket(encodeEcdhInit({ type: "ecdhInit", clientPublic }));

describe("invalid curve, small subgroup and zero secret, russh 5xvq and g9hv", () => {
  // RFC 7748 §6.1 and its twist: the public values of order 1, 2, 4 and 8, and their unreduced forms.
  const lowOrder = [
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    `ec${"ff".repeat(30)}7f`,
    `ed${"ff".repeat(30)}7f`,
    `ee${"ff".repeat(30)}7f`,
  ];
  it("a public value of low order gets no answer from a server", () => {
    for (const value of lowOrder) {
      const server = serverBefore("curve25519-sha256");
      expect(
        errorOf(() => server.receive(initWith(fromHex(value)))),
        value,
      ).toMatchObject({
        code: "key-exchange-failed",
        disconnectReason: 3,
      });
      expect(eventsOf(server)).toEqual([]);
    }
  });

  it("a short, a long and an empty public value get none either, with any method", () => {
    for (const [name, length] of [
      ["curve25519-sha256", 32],
      ["ecdh-sha2-nistp256", 65],
      ["ecdh-sha2-nistp384", 97],
      ["ecdh-sha2-nistp521", 133],
      ["mlkem768x25519-sha256", 1216],
    ] as const)
      for (const wrong of [0, 1, length - 1, length + 1, 2 * length]) {
        const value = new Uint8Array(wrong).fill(4);
        expect(
          errorOf(() => serverBefore(name).receive(initWith(value))),
          `${name} ${wrong}`,
        ).toMatchObject({
          code: "key-exchange-failed",
        });
      }
  });

  it("a point off the curve, a compressed one and that at infinity get none", () => {
    const generator = fromHex(
      "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    );
    const off = generator.slice();
    off[64] = (off[64] ?? 0) ^ 1;
    const compressed = generator.slice(0, 33);
    compressed[0] = 3;
    for (const point of [off, compressed, Uint8Array.of(0), new Uint8Array(65)])
      expect(errorOf(() => serverBefore("ecdh-sha2-nistp256").receive(initWith(point)))).toMatchObject({
        code: "key-exchange-failed",
      });
    const server = serverBefore("ecdh-sha2-nistp256");
    server.receive(initWith(generator));
    expect(eventsOf(server)).toEqual(["hostSignatureNeeded"]);
  });
});

describe("CVE-2023-28113, Diffie-Hellman values without a check", () => {
  it("0, 1, p-1, p and p+1 get no answer (RFC 4253 §8)", () => {
    const name = "diffie-hellman-group14-sha256";
    const kex = algorithmNamed(defaultClientAlgorithms.keyExchange, name) as PublicValueKex;
    const prime = primeOf(kex);
    for (const value of [0n, 1n, prime - 1n, prime, prime + 1n]) {
      const wire = new SshWriter().mpint(bytesOf(value)).take().subarray(4);
      expect(
        errorOf(() => serverBefore(name).receive(initWith(wire))),
        `${value % 1000n}`,
      ).toMatchObject({
        code: "key-exchange-failed",
      });
    }
    const server = serverBefore(name);
    server.receive(initWith(Uint8Array.of(2)));
    expect(eventsOf(server)).toEqual(["hostSignatureNeeded"]);
  });
});

describe("CVE-2002-20001 DHEat", () => {
  it("a server offers no finite field unless it is told to, and no group of its own (RFC 4419 §3)", () => {
    expect(defaultServerAlgorithms.keyExchange.map(({ name }) => name).filter((name) => /diffie/.test(name))).toEqual(
      [],
    );
    const all = makeKexInit("server", defaultClientAlgorithms, new Uint8Array(16), true);
    expect(all.kexAlgorithms.filter((name) => name.includes("group-exchange"))).toEqual([]);
  });

  it("a stranger gets one key exchange: a second KEXINIT before the login ends the connection", () => {
    for (const role of ["client", "server"] as const)
      for (const phase of ["service", "authentication"] as const) {
        const { machine, peer } = opened(role, phase);
        peer.transport.transfer(
          encodeKexInit(makeKexInit(role === "client" ? "server" : "client", quickCrypto, new Uint8Array(16), false)),
          new Uint8Array(0),
        );
        expect(errorOf(() => peer.exchange(machine))).toMatchObject({ code: "message-not-allowed" });
      }
  });

  it("a stranger who has made a server compute has 120 s in all, from the start", () => {
    const { machine } = opened("server", "service");
    expect(machine.deadline).toBe(120_000);
    expect(errorOf(() => machine.advance(120_000))).toMatchObject({ code: "timeout-authentication" });
  });
});

describe("first_kex_packet_follows: russh 733, CVE-2023-1667, CVE-2025-8277", () => {
  const wrong = { firstKexPacketFollows: true, kexAlgorithms: ["something-else", "quick-kex@test"] };

  it("a wrong guess is skipped once, and a second one ends the connection", () => {
    const server = serverBefore("", wrong);
    server.receive(plainPacket(Uint8Array.of(30, 9, 9, 9)));
    expect(server.failure).toBe(undefined);
    expect(errorOf(() => server.receive(plainPacket(Uint8Array.of(30, 9, 9, 9))))).toMatchObject({ fault: "peer" });
    expect(eventsOf(server)).toEqual([]);
  });

  it("what comes behind the wrong guess is the exchange", () => {
    const server = serverBefore("", wrong);
    server.receive(plainPacket(Uint8Array.of(30, 9, 9, 9)));
    server.receive(initWith(new Uint8Array(32)));
    expect(eventsOf(server)).toEqual(["hostSignatureNeeded"]);
  });

  it("a guess announced and not sent does not swallow NEWKEYS or channels", () => {
    for (const number of [21, 50, 90, 94]) {
      const server = serverBefore("", wrong);
      expect(errorOf(() => server.receive(plainPacket(Uint8Array.of(number, 0, 0, 0, 0)))).code).toBe(
        "message-not-allowed",
      );
    }
  });

  it("we never guess", () => {
    for (const role of ["client", "server"] as const)
      expect(makeKexInit(role, defaultClientAlgorithms, new Uint8Array(16), true).firstKexPacketFollows).toBe(false);
  });
});

describe("mpints: russh all-zero panic, dev-tunnels 2026, CVE-2021-3634", () => {
  it("every number is written the shortest way with its sign free, and read back (RFC 4251 §5)", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(5), (magnitude, zeros) => {
        const padded = Uint8Array.from([...new Array(zeros).fill(0), ...magnitude]);
        const wire = new SshWriter().mpint(padded).take();
        const body = wire.subarray(4);
        expect((body[0] ?? 0) < 0x80).toBe(true);
        // A zero in front only where the sign bit needs it.
        if (body[0] === 0) expect((body[1] ?? 0) >= 0x80).toBe(true);
        expect(numberIn(new SshReader(wire).mpintBytes())).toBe(numberIn(magnitude));
      }),
    );
  });

  it("zero, also as many zeros, is the empty string", () => {
    for (const length of [0, 1, 32, 66])
      expect(toHex(new SshWriter().mpint(new Uint8Array(length)).take())).toBe("00000000");
    // As a shared secret it ends the exchange: "a public value of low order gets no answer from a server".
  });

  it("a session identifier of sha512 stays through exchanges with sha256 and back", () => {
    const named = (name: string) => algorithmNamed(defaultClientAlgorithms.keyExchange, name)!;
    const current = [named("ecdh-sha2-nistp521")];
    const algorithms = {
      ...quickCrypto,
      keyExchange: current,
      hostKey: defaultClientAlgorithms.hostKey.filter(({ name }) => name === "ssh-ed25519"),
    };
    const signed: Uint8Array[] = [];
    const key = {
      ...userKey,
      sign: (data: Uint8Array, name: string) => {
        signed.push(data.slice());
        return userKey.sign(data, name);
      },
    };
    const pair = new MachinePair({
      client: { algorithms },
      server: { algorithms, hostKeys: [hostKey] },
      methods: [{ method: "publickey", key }],
      decide: ({ method }) => ({ accept: method === "publickey" }),
    });
    const { client } = pair.openChannel();
    // The signature of the login begins with the session identifier: 64 bytes, the hash of the first exchange.
    expect(new SshReader(signed[0]!).string().length).toBe(64);
    const names = ["curve25519-sha256", "ecdh-sha2-nistp521", "curve25519-sha256"];
    for (const [index, name] of names.entries()) {
      current[0] = named(name);
      (index % 2 === 0 ? pair.client : pair.server).rekey();
      pair.run();
      expect(pair.client.negotiated?.kex).toBe(name);
      pair.client.writeChannel(client, Uint8Array.of(index), 1 << 20);
      pair.run();
      expect(pair.serverEvent("channelData")?.bytes).toEqual(Uint8Array.of(index));
    }
  });
});

function primeOf(kex: PublicValueKex): bigint {
  // The group's prime is not exported by the method: RFC 3526 §3 gives it as a formula, 2^2048 - 2^1984 - 1 + 2^64 * ([2^1918 pi] + 124476).
  expect(kex.name).toBe("diffie-hellman-group14-sha256");
  const pi = piTimesTwoTo(1918);
  return 2n ** 2048n - 2n ** 1984n - 1n + 2n ** 64n * (pi + 124476n);
}

/** floor(pi * 2^bits) by Machin's formula. */
function piTimesTwoTo(bits: number): bigint {
  const scale = 1n << BigInt(bits + 64);
  const arctanOfInverse = (x: bigint): bigint => {
    let sum = 0n;
    let power = scale / x;
    for (let n = 1n, sign = 1n; power > 0n; n += 2n, sign = -sign, power /= x * x) sum += (sign * power) / n;
    return sum;
  };
  return (4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n))) >> 64n;
}

function bytesOf(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

function numberIn(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

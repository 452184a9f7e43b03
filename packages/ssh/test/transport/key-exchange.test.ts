import { describe, expect, it } from "vitest";
import { algorithmNamed, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { encodeEcdhInit, encodeKexInit } from "../../src/messages/kex.ts";
import { encodeDebug, encodeExtInfo, encodeIgnore, encodeUnimplemented } from "../../src/messages/transport.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { makeKexInit } from "../../src/transport/negotiate.ts";
import {
  clientOptions,
  errorOf,
  MachinePair,
  otherHostKey,
  seededRandom,
  serverOptions,
} from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { numberOf, pieces, plainPacket } from "./plain-packets.ts";

describe("strict key exchange (CVE-2023-48795)", () => {
  const injected: readonly [string, Uint8Array][] = [
    ["IGNORE", encodeIgnore({ type: "ignore", data: new Uint8Array(3) })],
    ["DEBUG", encodeDebug({ type: "debug", alwaysDisplay: false, message: "x", languageTag: "" })],
    ["UNIMPLEMENTED", encodeUnimplemented({ type: "unimplemented", sequence: 0 })],
    ["EXT_INFO", encodeExtInfo({ type: "extInfo", extensions: new Map() })],
    ["an unknown number", new Uint8Array([199])],
  ];
  for (const [name, payload] of injected) {
    for (const direction of ["toServer", "toClient"] as const) {
      for (const before of [20, direction === "toServer" ? 30 : 31, 21]) {
        it(`ends when somebody slips in ${name} ${direction} before message ${before}`, () => {
          const pair = new MachinePair();
          let plain = true;
          pair[direction] = (bytes) => {
            if (!plain) return [bytes];
            return pieces(bytes).flatMap((piece) => {
              if (numberOf(piece) === 21) plain = false;
              return numberOf(piece) === before && piece[0] === 0 ? [plainPacket(payload), piece] : [piece];
            });
          };
          const error = errorOf(() => pair.run());
          expect(["strict-kex-violation", "message-not-allowed"]).toContain(error.code);
          expect(pair.clientEvent("ready")).toBe(undefined);
          expect(pair.serverEvents.some(({ type }) => type === "authAttempt")).toBe(false);
        });
      }
    }
  }

  it("ends when the first encrypted packet of the server is dropped", () => {
    const pair = new MachinePair();
    pair.toClient = (bytes) => {
      const all = pieces(bytes);
      const newKeys = all.findIndex((piece) => numberOf(piece) === 21 && piece[0] === 0);
      if (newKeys < 0) return [bytes];
      pair.toClient = (later) => [later];
      // Behind NEWKEYS stands SSH_MSG_EXT_INFO; without it the next packet has the wrong number.
      expect(all.length).toBe(newKeys + 2);
      return all.slice(0, newKeys + 1);
    };
    expect(errorOf(() => pair.run())).toMatchObject({ code: "mac-mismatch", fault: "peer" });
    expect(pair.clientEvent("ready")).toBe(undefined);
  });

  it("starts packet numbers again at 0 with every NEWKEYS, and says so", () => {
    const pair = new MachinePair();
    pair.run();
    expect(pair.client.negotiated?.strictKex).toBe(true);
    pair.client.rekey();
    pair.run();
    pair.server.rekey();
    pair.run();
    const { client } = pair.openChannel();
    expect(pair.client.writeChannel(client, new Uint8Array(10), 1 << 20)).toBe(10);
    pair.run();
    expect(pair.serverEvent("channelData")?.bytes.length).toBe(10);
  });
});

/** A client written by hand in plain text, for what a proper one never does. */
function plainClient(changes: Parameters<typeof Object.assign>[1]): { server: SshServerMachine; kexInit: Uint8Array } {
  const server = new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner] }));
  const init = makeKexInit("client", quickCrypto, new Uint8Array(16), false);
  server.receive(new TextEncoder().encode("SSH-2.0-plain\r\n"));
  return { server, kexInit: plainPacket(encodeKexInit({ ...init, ...(changes as object) })) };
}

const ecdhInit = plainPacket(encodeEcdhInit({ type: "ecdhInit", clientPublic: new Uint8Array(32) }));

describe("a guessed key exchange packet (RFC 4253 §7.1)", () => {
  it("is skipped, exactly one, when the guess was wrong", () => {
    const { server, kexInit } = plainClient({
      firstKexPacketFollows: true,
      kexAlgorithms: ["something-else", "quick-kex@test"],
    });
    server.receive(kexInit);
    server.receive(plainPacket(new Uint8Array([34, 1, 2, 3])));
    expect(server.nextEvent()).toBe(undefined);
    server.receive(ecdhInit);
    expect(server.nextEvent()?.type).toBe("hostSignatureNeeded");
    const twice = plainClient({ firstKexPacketFollows: true, kexAlgorithms: ["something-else", "quick-kex@test"] });
    twice.server.receive(twice.kexInit);
    twice.server.receive(ecdhInit);
    expect(errorOf(() => twice.server.receive(plainPacket(new Uint8Array([34, 1]))))).toMatchObject({
      code: "message-not-allowed",
    });
  });

  it("is used when the guess was right", () => {
    const { server, kexInit } = plainClient({ firstKexPacketFollows: true });
    server.receive(kexInit);
    server.receive(ecdhInit);
    expect(server.nextEvent()?.type).toBe("hostSignatureNeeded");
  });

  it("does not hide a message that is no guess", () => {
    const { server, kexInit } = plainClient({
      firstKexPacketFollows: true,
      kexAlgorithms: ["something-else", "quick-kex@test"],
    });
    server.receive(kexInit);
    expect(errorOf(() => server.receive(plainPacket(new Uint8Array([94, 0]))))).toMatchObject({
      code: "message-not-allowed",
    });
  });
});

describe("a peer without strict key exchange", () => {
  it("may send IGNORE and DEBUG in the first exchange, and the result says that it is not strict", () => {
    const { server, kexInit } = plainClient({});
    server.receive(plainPacket(encodeIgnore({ type: "ignore", data: new Uint8Array(1) })));
    server.receive(kexInit);
    server.receive(plainPacket(encodeDebug({ type: "debug", alwaysDisplay: true, message: "hi", languageTag: "" })));
    server.receive(ecdhInit);
    expect(server.nextEvent()).toMatchObject({ type: "debug", text: "hi" });
    expect(server.nextEvent()?.type).toBe("hostSignatureNeeded");
  });
});

describe("the host key (RFC 4253 §8)", () => {
  it("is refused when its signature is wrong, whatever the verifier would say", () => {
    const pair = new MachinePair({
      client: { algorithms: quickCrypto },
      server: { algorithms: quickCrypto, hostKeys: [{ ...quickSigner, sign: () => new Uint8Array([41]) }] },
    });
    expect(errorOf(() => pair.run())).toMatchObject({ code: "host-key-signature-invalid", fault: "peer" });
    expect(pair.clientEvent("hostKeyOffered")).toBe(undefined);
  });

  it("is refused for anything but the value true out of the verification", () => {
    for (const result of [undefined, null, 1, "true", {}]) {
      const hostKey = quickCrypto.hostKey.map((algorithm) => ({ ...algorithm, verify: () => result as never }));
      const algorithms = { ...quickCrypto, hostKey };
      const pair = new MachinePair({ client: { algorithms }, server: { algorithms, hostKeys: [quickSigner] } });
      expect(errorOf(() => pair.run()).code).toBe("host-key-signature-invalid");
    }
    const hostKey = quickCrypto.hostKey.map((algorithm) => ({
      ...algorithm,
      verify: () => {
        throw new Error("broken provider");
      },
    }));
    const algorithms = { ...quickCrypto, hostKey };
    const pair = new MachinePair({ client: { algorithms }, server: { algorithms, hostKeys: [quickSigner] } });
    expect(errorOf(() => pair.run()).code).toBe("host-key-signature-invalid");
  });

  it("must not change in a later exchange", () => {
    const both = [serverOptions().hostKeys[0], otherHostKey].flatMap((key) => key ?? []);
    let first = true;
    const shifty = both.map((key) => ({ ...key }));
    const pair = new MachinePair({ server: { hostKeys: shifty.slice(0, 1) } });
    pair.run();
    const [key] = shifty;
    if (key === undefined) throw new Error("no key");
    // The same algorithm, another key: what a machine in the middle would show.
    Object.assign(key, { publicBlob: otherHostKey.publicBlob });
    first = false;
    pair.client.rekey();
    expect(["host-key-rejected", "host-key-signature-invalid"]).toContain(errorOf(() => pair.run()).code);
    expect(first).toBe(false);
  });

  it("ends the connection when the client rejects it, and tells the server no reason of its own", () => {
    const pair = new MachinePair({ verify: () => ({ accept: false, reason: "secret database says no" }) });
    const error = errorOf(() => pair.run());
    expect(error).toMatchObject({ code: "host-key-rejected" });
    expect(error.message).toContain("secret database says no");
    const atServer = errorOf(() => pair.server.receive(pair.client.takeOutput() ?? new Uint8Array(0)));
    expect(atServer).toMatchObject({ code: "disconnected-by-peer" });
    expect(atServer.message).toContain("reason 9");
    expect(atServer.message).not.toContain("database");
  });
});

describe("rekeying (RFC 4253 §9)", () => {
  const suites = defaultClientAlgorithms.cipher.flatMap((cipher) =>
    cipher.authenticated
      ? [{ cipher, mac: defaultClientAlgorithms.mac }]
      : defaultClientAlgorithms.mac.map((mac) => ({ cipher, mac: [mac] })),
  );
  for (const { cipher, mac } of suites) {
    it(`goes on under load in both directions: ${cipher.name} ${cipher.authenticated ? "" : mac[0]?.name}`, () => {
      const algorithms = { ...quickCrypto, cipher: [cipher], mac };
      const pair = new MachinePair({
        client: { algorithms, rekey: { bytes: 100_000 } },
        server: { algorithms, hostKeys: [quickSigner], rekey: { bytes: 150_000 } },
      });
      const { client, server } = pair.openChannel();
      transferBothWays(pair, client, server, 400_000);
      expect(pair.clientEvents.filter(({ type }) => type === "rekeyed").length).toBeGreaterThanOrEqual(3);
    });
  }

  it("keeps the session identifier and works with every key exchange method in turn, and back", () => {
    for (const kex of defaultClientAlgorithms.keyExchange) {
      // A server cannot do it: `group-exchange.test.ts`.
      if (kex.kind === "group-exchange") continue;
      const algorithms = { ...defaultClientAlgorithms, keyExchange: [kex] };
      const pair = new MachinePair({ client: { algorithms }, server: { algorithms } });
      pair.run();
      for (const side of [pair.client, pair.server, pair.client]) {
        side.rekey();
        pair.run();
      }
      expect(pair.clientEvents.filter(({ type }) => type === "rekeyed").length).toBe(3);
      expect(pair.client.negotiated?.kex).toBe(kex.name);
    }
  });

  it("goes from a method with sha512 to others with sha256 and sha384, and back", () => {
    const names = ["ecdh-sha2-nistp521", "curve25519-sha256", "ecdh-sha2-nistp384", "diffie-hellman-group16-sha512"];
    const methods = [...names, "curve25519-sha256", "ecdh-sha2-nistp521"].flatMap(
      (name) => algorithmNamed(defaultClientAlgorithms.keyExchange, name) ?? [],
    );
    expect(methods.length).toBe(6);
    // The list is looked at anew for each exchange.
    const current = methods.slice(0, 1);
    const algorithms = { ...quickCrypto, keyExchange: current };
    const pair = new MachinePair({ client: { algorithms }, server: { algorithms, hostKeys: [quickSigner] } });
    const { client, server } = pair.openChannel();
    for (const [index, kex] of methods.entries()) {
      current[0] = kex;
      if (index > 0) (index % 2 === 0 ? pair.client : pair.server).rekey();
      pair.run();
      expect(pair.client.negotiated?.kex).toBe(kex.name);
      transferBothWays(pair, client, server, 1000);
    }
    expect(pair.serverEvents.filter(({ type }) => type === "rekeyed").length).toBe(5);
  });

  it("begins after the packets and after the time that were set", () => {
    const byPackets = quickPair({ rekey: { packets: 20 } });
    const { client } = byPackets.openChannel();
    for (let i = 0; i < 30; i++) byPackets.client.writeChannel(client, new Uint8Array(1), 1 << 20);
    byPackets.run();
    expect(byPackets.clientEvent("rekeyed")).toBeDefined();
    const byTime = quickPair({ rekey: { milliseconds: 1000 } });
    byTime.run();
    expect(byTime.client.deadline).toBe(1000);
    byTime.advance(999).run();
    expect(byTime.clientEvent("rekeyed")).toBe(undefined);
    byTime.advance(1).run();
    expect(byTime.clientEvent("rekeyed")).toBeDefined();
    expect(byTime.client.deadline).toBe(2000);
  });

  it("bears both sides beginning at once", () => {
    const pair = quickPair();
    const { client, server } = pair.openChannel();
    for (let i = 0; i < 3; i++) {
      pair.client.rekey();
      pair.server.rekey();
      const [fromClient, fromServer] = [pair.client.takeOutput(), pair.server.takeOutput()];
      pair.server.receive(fromClient ?? new Uint8Array(0));
      pair.client.receive(fromServer ?? new Uint8Array(0));
      pair.run();
    }
    transferBothWays(pair, client, server, 1000);
    expect(pair.clientEvents.filter(({ type }) => type === "rekeyed").length).toBe(3);
  });

  it("takes the peer's data between our KEXINIT and the peer's, and holds back our own until our NEWKEYS", () => {
    const pair = quickPair();
    const { client, server } = pair.openChannel();
    pair.client.rekey();
    // The server has not seen the KEXINIT yet: its data is legal.
    pair.server.writeChannel(server, new Uint8Array([1, 2, 3]), 1 << 20);
    pair.client.receive(pair.server.takeOutput() ?? new Uint8Array(0));
    pair.handleEvents();
    expect(pair.clientEvent("channelData")?.bytes).toEqual(new Uint8Array([1, 2, 3]));
    // Ours waits, and so do answers.
    expect(pair.client.writeChannel(client, new Uint8Array([4]), 1 << 20)).toBe(0);
    const length = pair.client.outputLength;
    pair.client.ping();
    expect(pair.client.outputLength).toBe(length);
    pair.run();
    expect(pair.clientEvent("channelWritable")).toMatchObject({ channel: client });
    expect(pair.clientEvent("pong")).toBeDefined();
    expect(pair.client.writeChannel(client, new Uint8Array([4]), 1 << 20)).toBe(1);
  });

  it("refuses a second KEXINIT before the first exchange is over", () => {
    const pair = quickPair();
    pair.run();
    pair.client.rekey();
    const kexInit = pair.client.takeOutput() ?? new Uint8Array(0);
    pair.server.receive(kexInit);
    const transport = (pair.client as unknown as { transport: { transfer(a: Uint8Array, b: Uint8Array): void } })
      .transport;
    transport.transfer(encodeKexInit(makeKexInit("client", quickCrypto, new Uint8Array(16), false)), new Uint8Array(0));
    expect(errorOf(() => pair.server.receive(pair.client.takeOutput() ?? new Uint8Array(0)))).toMatchObject({
      code: "message-not-allowed",
    });
  });

  it("bounds the answers that a peer makes us hold back", () => {
    const pair = quickPair({ transportLimits: { ...clientOptions().transportLimits, maxHeldBytes: 10_000 } });
    pair.run();
    pair.client.rekey();
    // The server never takes the KEXINIT and asks on.
    const flood = () => {
      for (let i = 0; i < 1000; i++) {
        pair.server.ping();
        pair.client.receive(pair.server.takeOutput() ?? new Uint8Array(0));
      }
    };
    expect(errorOf(flood)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
  });

  it("ends when the peer does not answer a KEXINIT", () => {
    const pair = quickPair();
    pair.run();
    pair.client.rekey();
    expect(errorOf(() => pair.client.advance(30_000))).toMatchObject({ code: "timeout-key-exchange" });
  });
});

function quickPair(client: Partial<ReturnType<typeof clientOptions>> = {}): MachinePair {
  return new MachinePair({
    client: { algorithms: quickCrypto, ...client },
    server: { algorithms: quickCrypto, hostKeys: [quickSigner] },
  });
}

function transferBothWays(pair: MachinePair, client: number, server: number, bytes: number): void {
  const sent = { client: 0, server: 0 };
  const pattern = seededRandom(5)(bytes);
  const seen = { client: pair.clientEvents.length, server: pair.serverEvents.length };
  const got = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
  for (let round = 0; round < 1000; round++) {
    sent.client += pair.client.writeChannel(client, pattern.subarray(sent.client, sent.client + 9000), 1 << 16);
    sent.server += pair.server.writeChannel(server, pattern.subarray(sent.server, sent.server + 7000), 1 << 16);
    pair.run();
    for (const event of pair.clientEvents.slice(seen.client)) {
      if (event.type !== "channelData") continue;
      got.client.push(event.bytes);
      pair.client.consumedChannel(client, event.bytes.length);
    }
    for (const event of pair.serverEvents.slice(seen.server)) {
      if (event.type !== "channelData") continue;
      got.server.push(event.bytes);
      pair.server.consumedChannel(server, event.bytes.length);
    }
    seen.client = pair.clientEvents.length;
    seen.server = pair.serverEvents.length;
    if (sent.client === bytes && sent.server === bytes) break;
  }
  pair.run();
  const join = (chunks: Uint8Array[]) => {
    const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  };
  expect(Buffer.compare(join(got.client), pattern)).toBe(0);
  expect(Buffer.compare(join(got.server), pattern)).toBe(0);
}

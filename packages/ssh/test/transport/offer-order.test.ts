import { describe, expect, it } from "vitest";
import { type AlgorithmPreferences, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { decodeKexInit, encodeKexInit } from "../../src/messages/kex.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { makeKexInit, negotiate } from "../../src/transport/negotiate.ts";
import { cautiousOrder, dependsOnServer, offerTo } from "../../src/transport/offer-order.ts";
import { clientOptions, errorOf, MachinePair } from "../session/machine-pair.ts";
import { PlainPackets, plainPacket } from "./plain-packets.ts";

const CHACHA = "chacha20-poly1305@openssh.com";
const GCM = "aes256-gcm@openssh.com";
const CTR = "aes256-ctr";
const ETM = "hmac-sha2-256-etm@openssh.com";
const MAC = "hmac-sha2-256";
const offer = defaultClientAlgorithms;

/** The KEXINIT of a server with these ciphers and MACs. */
function server(strict: boolean, ciphers: readonly string[], macs: readonly string[]) {
  const init = makeKexInit("server", offer, new Uint8Array(16), true);
  const kexAlgorithms = init.kexAlgorithms.filter((name) => strict || !name.startsWith("kex-strict"));
  return {
    ...init,
    kexAlgorithms,
    encryptionClientToServer: ciphers,
    encryptionServerToClient: ciphers,
    macClientToServer: macs,
    macServerToClient: macs,
  };
}

/** [server is strict, its ciphers, its MACs, expected cipher, expected MAC] */
const cases: readonly (readonly [boolean, readonly string[], readonly string[], string, string | undefined])[] = [
  [true, [CHACHA, GCM, CTR], [ETM, MAC], CHACHA, undefined],
  [true, [CTR], [MAC, ETM], CTR, ETM],
  [false, [CHACHA, GCM, CTR], [ETM, MAC], GCM, undefined],
  [false, [CHACHA, CTR], [ETM, MAC], CTR, MAC],
  [false, [CHACHA, CTR], ["hmac-sha1", ETM], CTR, "hmac-sha1"],
  [false, [CTR], [ETM, MAC], CTR, MAC],
  // No alternative: it connects, and the result says that it is not strict.
  [false, [CHACHA], [MAC], CHACHA, undefined],
  [false, [CTR], [ETM], CTR, ETM],
  // The only sound cipher has no MAC in common: so it is none.
  [false, [CHACHA, CTR], ["umac-64@openssh.com"], CHACHA, undefined],
];

describe("what a client offers to a server without strict key exchange (CVE-2023-48795)", () => {
  for (const [strict, ciphers, macs, cipher, mac] of cases) {
    it(`${strict ? "strict" : "not strict"}, ${ciphers} with ${macs}: ${cipher} ${mac ?? ""}`, () => {
      const theirs = server(strict, ciphers, macs);
      const ours = offerTo(theirs, offer);
      const agreed = negotiate("client", ours, makeKexInit("client", ours, new Uint8Array(16), true), theirs);
      expect(agreed.clientToServer.cipher.name).toBe(cipher);
      expect(agreed.clientToServer.mac?.name).toBe(mac);
      expect(agreed.serverToClient).toEqual(agreed.clientToServer);
    });
  }

  it("changes the order only, and only of what can be cut off", () => {
    const cautious = cautiousOrder(offer);
    expect(new Set(cautious.cipher)).toEqual(new Set(offer.cipher));
    expect(new Set(cautious.mac)).toEqual(new Set(offer.mac));
    expect(cautious.cipher.at(-1)?.name).toBe(CHACHA);
    expect(cautious.cipher.slice(0, -1)).toEqual(offer.cipher.slice(1));
    expect(cautious.mac.slice(-2).map(({ name }) => name)).toEqual([ETM, "hmac-sha2-512-etm@openssh.com"]);
    expect(cautious.keyExchange).toBe(offer.keyExchange);
    expect(dependsOnServer(offer)).toBe(true);
    expect(dependsOnServer(cautious)).toBe(false);
  });
});

describe("a client's first KEXINIT (RFC 4253 §7.1)", () => {
  const line = new TextEncoder().encode("SSH-2.0-server\r\n");
  const started = (algorithms: AlgorithmPreferences = offer) => {
    const client = new SshClientMachine(clientOptions({ algorithms }));
    const packets = new PlainPackets().push(client.takeOutput());
    client.receive(line);
    return { client, next: () => packets.push(client.takeOutput()).next() };
  };
  const ciphersOf = (payload: Uint8Array | undefined) =>
    decodeKexInit(payload ?? new Uint8Array(0)).encryptionClientToServer;

  it("waits for the server's, and leaves together with the message that needs it anyway", () => {
    for (const strict of [true, false]) {
      const { client, next } = started();
      expect(next()).toBe(undefined);
      client.receive(plainPacket(encodeKexInit(server(strict, [CHACHA, GCM], [MAC]))));
      expect(ciphersOf(next())[0]).toBe(strict ? CHACHA : GCM);
      expect(next()?.[0]).toBe(30);
    }
  });

  it("leaves after a second, in the cautious order, when the server waits as well", () => {
    const { client, next } = started();
    expect(client.deadline).toBe(1000);
    client.advance(999);
    expect(next()).toBe(undefined);
    client.advance(1000);
    expect(ciphersOf(next())).toEqual(cautiousOrder(offer).cipher.map(({ name }) => name));
    expect(client.deadline).toBe(30_000);
    // A strict server changes nothing any more.
    client.receive(plainPacket(encodeKexInit(server(true, [CHACHA, GCM], [MAC]))));
    expect(next()?.[0]).toBe(30);
    expect(errorOf(() => client.advance(40_000))).toMatchObject({ code: "timeout-key-exchange" });
  });

  it("leaves at once when the order does not depend on the server", () => {
    const { next } = started(cautiousOrder(offer));
    expect(next()?.[0]).toBe(20);
  });

  it("ends the connection, like every other, when the server never sends one", () => {
    const { client } = started();
    expect(errorOf(() => client.advance(30_000))).toMatchObject({ code: "timeout-key-exchange" });
  });

  it("is followed by the same order in later exchanges", () => {
    const pair = new MachinePair({ client: { algorithms: offer }, server: { algorithms: offer } });
    pair.run();
    expect(pair.client.negotiated).toMatchObject({ strictKex: true, clientToServer: { cipher: CHACHA } });
    pair.server.rekey();
    pair.run();
    expect(pair.client.negotiated).toMatchObject({ strictKex: true, clientToServer: { cipher: CHACHA } });
  });
});

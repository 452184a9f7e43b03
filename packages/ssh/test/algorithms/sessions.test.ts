import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { deriveDirectionKeys } from "../../src/algorithms/derive-keys.ts";
import { exchangeHash } from "../../src/algorithms/exchange-hash.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { type CipherAlgorithm, type MacAlgorithm, packetLengthProblem } from "../../src/algorithms/packet-cipher.ts";
import { algorithmNamed, verifySignature } from "../../src/algorithms/registry.ts";
import { legacyAlgorithms } from "../../src/legacy.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import { type RecordedExchange, type RecordedSession, recordedSessions } from "./sessions.ts";

// Default and legacy algorithms together: everything that was recorded.
const {
  cipher: ciphers,
  mac: macs,
  hostKey: hostKeys,
  keyExchange,
} = legacyAlgorithms({ dangerouslyAllow: ["sha1-key-exchange", "sha1-signatures", "cbc-ciphers", "truncated-mac"] });

const sessions = recordedSessions();

describe.runIf(corpus() !== undefined)("recorded SSH sessions", () => {
  it("are 41, and all use a cipher and a MAC of ours", () => {
    expect(sessions.length).toBe(41);
    expect(sessions.filter((session) => directionsInScope(session).length !== 2)).toEqual([]);
  });

  for (const session of sessions) {
    describe(session.name, () => {
      for (const [index, exchange] of session.exchanges.entries()) {
        it(`gives the exchange hash of exchange ${index} (RFC 4253 §8)`, () => {
          expect(toHex(exchangeHash(nobleProvider, exchange.hash, transcriptOf(session, exchange)))).toBe(exchange.H);
        });

        it(`verifies the host key signature of exchange ${index}, and no altered one`, () => {
          const { signature_algorithm: algorithm } = exchange;
          const [key, hash, signature] = [exchange.K_S, exchange.H, exchange.signature].map(fromHex);
          const verify = (data: Uint8Array, blob: Uint8Array) =>
            verifySignature(nobleProvider, hostKeys, algorithm, key!, data, blob);
          expect(verify(hash!, signature!)).toBe(true);
          hash![5]! ^= 1;
          expect(verify(hash!, signature!)).toBe(false);
          hash![5]! ^= 1;
          signature![signature!.length - 3]! ^= 1;
          expect(verify(hash!, signature!)).toBe(false);
        });

        const kex = algorithmNamed(keyExchange, session.kex);
        // Live sessions were recorded without the private keys.
        if (exchange.ephemeral_private_hex === undefined || kex?.kind !== "public-values") continue;
        const recordedKey = exchange.ephemeral_private_hex;
        it(`computes the shared secret of exchange ${index} from the recorded private key`, () => {
          // The recorded private key takes the place of the random bytes; x25519 keys are random bytes.
          const random = () => fromHex(recordedKey);
          const { clientPublic, serverPublic } = transcriptOf(session, exchange);
          if (exchange.ephemeral_owner === "client") {
            const start = kex.start(nobleProvider, random);
            expect(start.publicValue).toEqual(clientPublic);
            expect(toHex(start.finish(serverPublic).encoded)).toBe(exchange.K_mpint);
          } else {
            const response = kex.respond(nobleProvider, random, clientPublic);
            expect(response.publicValue).toEqual(serverPublic);
            expect(toHex(response.secret.encoded)).toBe(exchange.K_mpint);
          }
        });
      }

      for (const { direction, cipher, mac } of directionsInScope(session)) {
        it(`derives the keys ${direction} (RFC 4253 §7.2)`, () => {
          for (const exchange of session.exchanges) {
            const keys = keysOf(session, exchange, direction, cipher, mac);
            const recorded = exchange.keys[direction];
            expect(toHex(keys.key)).toBe(recorded.key);
            expect(toHex(keys.iv)).toBe(cipher.ivLength === 0 ? "" : recorded.iv);
            if (mac !== undefined && !cipher.authenticated) expect(toHex(keys.macKey)).toBe(recorded.mac_key);
          }
        });

        it(`opens and seals again every packet ${direction} with ${cipher.name} ${mac?.name ?? ""}`, () => {
          let sealed = 0;
          for (const [index, exchange] of session.exchanges.entries()) {
            const packets = session.packets[direction].filter(
              (packet) => packet.encrypted !== false && (packet.epoch ?? 1) === index + 1,
            );
            const keys = () => keysOf(session, exchange, direction, cipher, mac);
            const opener = cipher.createOpener(nobleProvider, keys(), mac);
            const sealer = cipher.createSealer(nobleProvider, keys(), mac);
            for (const packet of packets) {
              const wire = fromHex(packet.wire_hex);
              // An odd start: the ciphers must not depend on where in a buffer a packet lies.
              const bytes = new Uint8Array(wire.length + 3).subarray(sealed % 4 === 0 ? 0 : 3).subarray(0, wire.length);
              bytes.set(wire);
              const length = opener.packetLength(packet.seq, bytes.subarray(0, opener.headLength));
              expect(bytes).toEqual(wire);
              expect(length).toBe(wire.length - 4 - opener.tagLength);
              expect(opener.packetLength(packet.seq, bytes)).toBe(length);
              expect(packetLengthProblem(opener, length, 35000)).toBeUndefined();
              const payload = opener.open(packet.seq, bytes);
              expect(toHex(payload)).toBe(packet.payload_hex);
              expect(bytes[4]).toBe(packet.padding_length);
              // What open() left is the plain packet, but for the length field of ciphers that keep it aside.
              new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, length);
              bytes.fill(0, 4 + length);
              sealer.seal(packet.seq, bytes);
              expect(toHex(bytes)).toBe(packet.wire_hex);
              sealed++;
            }
          }
          expect(sealed).toBeGreaterThan(1);
        });
      }
    });
  }

  it("hold host keys of all three types and MACs in both orders", () => {
    const used = new Set(sessions.flatMap((session) => [session.cipher.c2s, session.cipher.s2c, session.mac.c2s]));
    for (const name of ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes192-ctr", "hmac-sha2-512"])
      expect(used).toContain(name);
    const types = new Set(sessions.flatMap(({ exchanges }) => exchanges.map((one) => one.signature_algorithm)));
    for (const name of ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"]) expect(types).toContain(name);
  });
});

type Direction = "c2s" | "s2c";

function directionsInScope(session: RecordedSession) {
  const result: { direction: Direction; cipher: CipherAlgorithm; mac: MacAlgorithm | undefined }[] = [];
  for (const direction of ["c2s", "s2c"] as const) {
    const cipher = algorithmNamed(ciphers, session.cipher[direction]);
    const mac = algorithmNamed(macs, session.mac[direction]);
    if (cipher !== undefined && (cipher.authenticated || mac !== undefined)) result.push({ direction, cipher, mac });
  }
  return result;
}

function transcriptOf(session: RecordedSession, exchange: RecordedExchange) {
  // e and f are recorded as numbers; on the wire they are mpints.
  const value = (point: string | undefined, number: string | undefined): Uint8Array =>
    point !== undefined ? fromHex(point) : new SshWriter().mpint(fromHex(number!)).take().subarray(4);
  return {
    clientVersion: session.V_C,
    serverVersion: session.V_S,
    clientKexInit: fromHex(exchange.I_C),
    serverKexInit: fromHex(exchange.I_S),
    hostKey: fromHex(exchange.K_S),
    clientPublic: value(exchange.Q_C, exchange.e_hex),
    serverPublic: value(exchange.Q_S, exchange.f_hex),
    secret: { encoded: fromHex(exchange.K_mpint) },
  };
}

function keysOf(
  session: RecordedSession,
  exchange: RecordedExchange,
  direction: Direction,
  cipher: CipherAlgorithm,
  mac: MacAlgorithm | undefined,
) {
  const input = {
    hash: exchange.hash,
    secret: { encoded: fromHex(exchange.K_mpint) },
    exchangeHash: fromHex(exchange.H),
    sessionId: fromHex(session.session_id),
  };
  const name = direction === "c2s" ? "clientToServer" : "serverToClient";
  return deriveDirectionKeys(nobleProvider, input, name, cipher, mac);
}

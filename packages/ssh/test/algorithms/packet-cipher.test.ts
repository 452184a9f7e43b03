import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import {
  type CipherAlgorithm,
  type DirectionKeys,
  type MacAlgorithm,
  type PacketLayout,
  packetLengthProblem,
  paddingLength,
  plainOpener,
  plainSealer,
} from "../../src/algorithms/packet-cipher.ts";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { isSshError } from "../../src/errors.ts";

const suites = defaultClientAlgorithms.cipher.flatMap((cipher): Suite[] =>
  cipher.authenticated ? [{ cipher, mac: undefined }] : defaultClientAlgorithms.mac.map((mac) => ({ cipher, mac })),
);

describe("packet ciphers", () => {
  for (const { cipher, mac } of suites) {
    describe(`${cipher.name} ${mac?.name ?? ""}`, () => {
      it("opens what it sealed, packet after packet, and wraps no state", () => {
        fc.assert(
          fc.property(
            keysFor(cipher, mac),
            fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 5 }),
            fc.constantFrom(0, 3, 0xfffffffe),
            (keys, payloads, first) => {
              const sealer = cipher.createSealer(nobleProvider, keys, mac);
              const opener = cipher.createOpener(nobleProvider, keys, mac);
              let sequence = first;
              for (const payload of payloads) {
                const packet = plainPacket(sealer, payload);
                sealer.seal(sequence, packet);
                const length = opener.packetLength(sequence, packet.subarray(0, opener.headLength));
                expect(4 + length + opener.tagLength).toBe(packet.length);
                expect(packetLengthProblem(opener, length, 35000)).toBeUndefined();
                expect(opener.open(sequence, packet)).toEqual(payload);
                sequence = (sequence + 1) >>> 0;
              }
            },
          ),
          { numRuns: 20 },
        );
      });

      it("answers any flipped byte with mac-mismatch and leaves an authenticated-first packet encrypted", () => {
        const keys = zeroKeys(cipher, mac);
        const sealer = cipher.createSealer(nobleProvider, keys, mac);
        const sealed = plainPacket(sealer, new Uint8Array(20).fill(7));
        sealer.seal(9, sealed);
        for (let at = 0; at < sealed.length; at++) {
          const opener = cipher.createOpener(nobleProvider, keys, mac);
          const packet = sealed.slice();
          packet[at]! ^= 0x80;
          // A changed length field gives another length: the codec would wait for another number of bytes.
          const length = opener.packetLength(9, packet.subarray(0, opener.headLength));
          if (4 + length + opener.tagLength !== packet.length) {
            expect(at).toBeLessThan(4);
            continue;
          }
          const before = packet.slice();
          expect(codeOf(() => opener.open(9, packet))).toBe("mac-mismatch");
          if (mac === undefined || mac.encryptThenMac) expect(packet).toEqual(before);
        }
      });

      it("binds a packet to its place: another sequence number or a repeated packet is refused", () => {
        const keys = zeroKeys(cipher, mac);
        const sealer = cipher.createSealer(nobleProvider, keys, mac);
        const opener = cipher.createOpener(nobleProvider, keys, mac);
        const packet = plainPacket(sealer, Uint8Array.of(1, 2, 3));
        sealer.seal(0, packet);
        const repeated = packet.slice();
        opener.packetLength(0, packet);
        opener.open(0, packet);
        expect(
          codeOf(() => {
            const length = opener.packetLength(1, repeated);
            // Where the length itself is garbled, the codec refuses it before anything is opened.
            if (4 + length + opener.tagLength === repeated.length) opener.open(1, repeated);
            else throw Object.assign(new Error(), { name: "SshError", layer: "ssh", code: "mac-mismatch" });
          }),
        ).toBe("mac-mismatch");
      });

      it("works anywhere in a buffer and at any alignment", () => {
        const keys = zeroKeys(cipher, mac);
        const results = [0, 1, 2, 3, 4].map((offset) => {
          const sealer = cipher.createSealer(nobleProvider, keys, mac);
          const plain = plainPacket(sealer, new Uint8Array(40).fill(5));
          const packet = new Uint8Array(plain.length + 8).subarray(offset, offset + plain.length);
          packet.set(plain);
          sealer.seal(1, packet);
          return packet.slice();
        });
        for (const result of results) expect(result).toEqual(results[0]);
      });
    });
  }

  it("seals aes256-ctr with hmac-sha2-512-etm as a second implementation does", () => {
    const { cipher, mac } = suites.find(
      (suite) => suite.cipher.name === "aes256-ctr" && suite.mac?.name === "hmac-sha2-512-etm@openssh.com",
    )!;
    const keys = { key: filled(32, 1), iv: filled(16, 250), macKey: filled(64, 9) };
    const sealer = cipher.createSealer(nobleProvider, keys, mac);
    const other = createCipheriv("aes-256-ctr", keys.key, keys.iv);
    for (let sequence = 0; sequence < 20; sequence++) {
      const packet = plainPacket(sealer, filled(100 + sequence, sequence));
      const end = packet.length - 64;
      const ciphertext = other.update(packet.subarray(4, end));
      const tag = createHmac("sha512", keys.macKey)
        .update(Uint8Array.of(0, 0, 0, sequence))
        .update(packet.subarray(0, 4))
        .update(ciphertext)
        .digest();
      const expected = Buffer.concat([packet.subarray(0, 4), ciphertext, tag]);
      sealer.seal(sequence, packet);
      expect(Buffer.from(packet).equals(expected)).toBe(true);
    }
  });

  it("counts the AES-CTR counter over all 128 bits (RFC 4344 §4)", () => {
    const iv = new Uint8Array(16).fill(0xff);
    const stream = nobleProvider.aesCtr(new Uint8Array(16), iv);
    const first = new Uint8Array(32);
    stream.process(first);
    const other = createCipheriv("aes-128-ctr", new Uint8Array(16), iv).update(new Uint8Array(32));
    expect(Buffer.from(first).equals(other)).toBe(true);
    expect(iv).toEqual(new Uint8Array(16).fill(0xff));
  });

  it("counts the AES-GCM invocation counter over its 64 bits, and no further (RFC 5647 §7.1)", () => {
    const cipher = suites.find((suite) => suite.cipher.name === "aes128-gcm@openssh.com")!.cipher;
    const iv = Uint8Array.of(1, 2, 3, 4, 255, 255, 255, 255, 255, 255, 255, 255);
    const sealer = cipher.createSealer(
      nobleProvider,
      { key: new Uint8Array(16), iv, macKey: new Uint8Array() },
      undefined,
    );
    for (const nonce of [iv, Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0)]) {
      const packet = plainPacket(sealer, filled(11, 0));
      const other = createCipheriv("aes-128-gcm", new Uint8Array(16), nonce);
      other.setAAD(packet.subarray(0, 4));
      const expected = Buffer.concat([
        packet.subarray(0, 4),
        other.update(packet.subarray(4, -16)),
        other.final(),
        other.getAuthTag(),
      ]);
      sealer.seal(0, packet);
      expect(Buffer.from(packet).equals(expected)).toBe(true);
    }
  });

  it("says no to a cipher without a MAC", () => {
    const { cipher } = suites.find((suite) => suite.cipher.name === "aes128-ctr")!;
    expect(codeOf(() => cipher.createSealer(nobleProvider, zeroKeys(cipher, undefined), undefined))).toBe(
      "local-usage",
    );
  });
});

describe("plain packets", () => {
  it("are opened as they are", () => {
    const packet = plainPacket(plainSealer, Uint8Array.of(21));
    expect(packet.length).toBe(16);
    plainSealer.seal(0, packet);
    expect(plainOpener.packetLength(0, packet)).toBe(12);
    expect(plainOpener.open(0, packet)).toEqual(Uint8Array.of(21));
  });

  it("need four bytes of padding and a payload (RFC 4253 §6)", () => {
    const packet = (padding: number) => Uint8Array.of(0, 0, 0, 12, padding, 1, ...new Uint8Array(10));
    for (const padding of [0, 1, 2, 3, 11, 12, 255])
      expect(codeOf(() => plainOpener.open(0, packet(padding)))).toBe("malformed-packet");
    expect(plainOpener.open(0, packet(4)).length).toBe(7);
  });
});

describe("packet lengths", () => {
  const cbc: PacketLayout = { blockSize: 16, lengthOutsidePadding: false, tagLength: 32 };
  const etm: PacketLayout = { blockSize: 16, lengthOutsidePadding: true, tagLength: 32 };

  it("are refused over the limit, under the minimum and off the block size (RFC 4253 §6)", () => {
    const problems = (layout: PacketLayout) =>
      [0, 3, 5, 12, 16, 28, 32, 34996, 35004, 0xffffffff].map((length) => packetLengthProblem(layout, length, 35000));
    const [bad, long] = ["malformed-packet", "packet-too-long"];
    expect(problems(cbc)).toEqual([bad, bad, bad, undefined, bad, undefined, bad, bad, long, long]);
    expect(problems(etm)).toEqual([bad, bad, bad, bad, undefined, bad, undefined, bad, long, long]);
  });

  it("come out right for every payload", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8, 16),
        fc.boolean(),
        fc.integer({ min: 1, max: 300 }),
        (blockSize, outside, size) => {
          const layout = { blockSize, lengthOutsidePadding: outside, tagLength: 0 };
          const padding = paddingLength(layout, size);
          expect(padding).toBeGreaterThanOrEqual(4);
          expect(padding).toBeLessThan(256);
          expect(5 + size + padding).toBeGreaterThanOrEqual(16);
          expect((1 + size + padding + (outside ? 0 : 4)) % blockSize).toBe(0);
          expect(packetLengthProblem(layout, 1 + size + padding, 35000)).toBeUndefined();
        },
      ),
    );
  });
});

interface Suite {
  readonly cipher: CipherAlgorithm;
  readonly mac: MacAlgorithm | undefined;
}

function plainPacket(layout: PacketLayout, payload: Uint8Array): Uint8Array {
  const padding = paddingLength(layout, payload.length);
  const length = 1 + payload.length + padding;
  const packet = new Uint8Array(4 + length + layout.tagLength);
  new DataView(packet.buffer).setUint32(0, length);
  packet[4] = padding;
  packet.set(payload, 5);
  return packet;
}

function keysFor(cipher: CipherAlgorithm, mac: MacAlgorithm | undefined): fc.Arbitrary<DirectionKeys> {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  return fc.record({ key: bytes(cipher.keyLength), iv: bytes(cipher.ivLength), macKey: bytes(mac?.keyLength ?? 0) });
}

function zeroKeys(cipher: CipherAlgorithm, mac: MacAlgorithm | undefined): DirectionKeys {
  return {
    key: new Uint8Array(cipher.keyLength),
    iv: new Uint8Array(cipher.ivLength),
    macKey: new Uint8Array(mac?.keyLength ?? 0),
  };
}

function filled(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17) & 0xff);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isSshError(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

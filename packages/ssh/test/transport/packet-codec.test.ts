import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { PacketOpener, PacketSealer } from "../../src/algorithms/packet-cipher.ts";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { InputBuffer } from "../../src/transport/input-buffer.ts";
import type { DirectionAlgorithms } from "../../src/transport/negotiate.ts";
import { PacketReader } from "../../src/transport/packet-reader.ts";
import { PacketWriter } from "../../src/transport/packet-writer.ts";
import { errorOf, seededRandom } from "../session/machine-pair.ts";

const { cipher: ciphers, mac: macs } = defaultClientAlgorithms;
const suites: readonly DirectionAlgorithms[] = ciphers.flatMap((cipher): readonly DirectionAlgorithms[] =>
  cipher.authenticated ? [{ cipher, mac: undefined }] : macs.map((mac) => ({ cipher, mac })),
);

function keysFor(suite: DirectionAlgorithms): { sealer: PacketSealer; opener: PacketOpener } {
  const keys = () => ({
    key: seededRandom(7)(suite.cipher.keyLength),
    iv: seededRandom(8)(suite.cipher.ivLength),
    macKey: seededRandom(9)(suite.mac?.keyLength ?? 0),
  });
  return {
    sealer: suite.cipher.createSealer(nobleProvider, keys(), suite.mac),
    opener: suite.cipher.createOpener(nobleProvider, keys(), suite.mac),
  };
}

function codec(suite?: DirectionAlgorithms): { writer: PacketWriter; reader: PacketReader; input: InputBuffer } {
  const writer = new PacketWriter(seededRandom(1), { jobNeeded: () => {} });
  const reader = new PacketReader(256 * 1024);
  if (suite !== undefined) {
    const { sealer, opener } = keysFor(suite);
    writer.rekey(sealer, true);
    reader.rekey(opener, true);
  }
  return { writer, reader, input: new InputBuffer() };
}

const nameOf = (suite?: DirectionAlgorithms) =>
  suite === undefined ? "plain" : `${suite.cipher.name} ${suite.mac?.name ?? ""}`;

describe("the packet codec (RFC 4253 §6)", () => {
  for (const suite of [undefined, ...suites]) {
    it(`carries payloads of any length in any chunks: ${nameOf(suite)}`, () => {
      const { writer, reader, input } = codec(suite);
      const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 255, 256, 1000, 32_777];
      for (const length of lengths) writer.write(new Uint8Array(length).fill(length), new Uint8Array([1, 2]));
      const wire = writer.output.take() ?? new Uint8Array(0);
      const payloads: Uint8Array[] = [];
      let step = 1;
      for (let at = 0; at < wire.length; at += step, step = (step * 7 + 1) % 700 || 1) {
        input.append(wire.subarray(at, at + step));
        for (let payload = reader.next(input); payload !== undefined; payload = reader.next(input))
          payloads.push(payload);
      }
      expect(payloads.map((payload) => payload.length - 2)).toEqual(lengths);
      // Views of earlier packets are still what they were.
      for (const payload of payloads) expect(payload[0]).toBe((payload.length - 2) & 255);
    });

    if (suite !== undefined) {
      it(`notices every changed byte: ${nameOf(suite)}`, () => {
        const { writer } = codec(suite);
        writer.write(new Uint8Array(20).fill(1));
        const wire = writer.output.take() ?? new Uint8Array(0);
        for (let at = 0; at < wire.length; at++) {
          const { reader, input } = codec(suite);
          const bent = wire.slice();
          bent[at] = (bent[at] ?? 0) ^ 0x10;
          input.append(bent);
          // A changed length may make the reader wait for more: it never gives a payload.
          try {
            expect(reader.next(input), `byte ${at}`).toBe(undefined);
          } catch (error) {
            expect(error, `byte ${at}`).toMatchObject({ layer: "ssh", fault: "peer" });
          }
        }
      });
    }
  }

  it("checks packet_length before it waits for the packet (RFC 4253 §6.1)", () => {
    const head = (length: number) => {
      const { reader, input } = codec();
      input.append(Uint8Array.from([length >>> 24, length >>> 16, length >>> 8, length]));
      return () => reader.next(input);
    };
    for (const length of [0xffffffff, 0x80000000, 256 * 1024 + 4, 262_145])
      expect(errorOf(head(length)).code, String(length)).toBe("packet-too-long");
    for (const length of [0, 1, 3, 5, 8, 13])
      expect(errorOf(head(length)).code, String(length)).toBe("malformed-packet");
    expect(head(12)()).toBe(undefined);
    expect(head(262_140)()).toBe(undefined);
  });

  it("refuses padding below 4 bytes or beyond the packet", () => {
    for (const padding of [0, 3, 11, 12, 255]) {
      const { reader, input } = codec();
      input.append(Uint8Array.from([0, 0, 0, 12, padding, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      expect(errorOf(() => reader.next(input)).code, String(padding)).toBe("malformed-packet");
    }
  });

  it("fills padding with bytes that differ from packet to packet", () => {
    const writer = new PacketWriter(seededRandom(5), { jobNeeded: () => {} });
    writer.write(new Uint8Array(1));
    writer.write(new Uint8Array(1));
    const wire = writer.output.take() ?? new Uint8Array(0);
    expect(wire.subarray(6, 16)).not.toEqual(wire.subarray(22, 32));
  });

  it("counts packets and bytes since the last change of keys, and resets the number only when told", () => {
    const { writer } = codec();
    const { counter } = writer;
    writer.write(new Uint8Array(3));
    expect([counter.packets, counter.sequence, counter.bytes]).toEqual([1, 1, 16]);
    const [suite] = suites;
    if (suite === undefined) throw new Error("there is no cipher");
    writer.rekey(keysFor(suite).sealer, false);
    expect([counter.packets, counter.sequence, counter.bytes]).toEqual([0, 1, 0]);
    writer.rekey(keysFor(suite).sealer, true);
    expect(counter.sequence).toBe(0);
  });

  it("gives a peer error or nothing for any bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: -1, max: suites.length - 1 }),
        (bytes, index) => {
          const { reader, input } = codec(suites[index]);
          input.append(bytes);
          try {
            while (reader.next(input) !== undefined);
          } catch (error) {
            expect(error).toMatchObject({ layer: "ssh", fault: "peer" });
          }
        },
      ),
    );
  });
});

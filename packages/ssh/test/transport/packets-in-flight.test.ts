import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aes128Ctr } from "../../src/algorithms/ciphers/aes-ctr.ts";
import { aes128Gcm } from "../../src/algorithms/ciphers/aes-gcm.ts";
import { hmacSha256 } from "../../src/algorithms/macs.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoJob } from "../../src/algorithms/packet-cipher.ts";
import { InputBuffer } from "../../src/transport/input-buffer.ts";
import { PacketReader } from "../../src/transport/packet-reader.ts";
import { PacketWriter } from "../../src/transport/packet-writer.ts";
import { MAX_BYTES_AHEAD, MAX_PACKETS_AHEAD } from "../../src/transport/packets-ahead.ts";
import { MAX_PACKETS_SEALING } from "../../src/transport/packets-sealing.ts";
import { laterProvider } from "../session/later-provider.ts";
import { errorOf, seededRandom } from "../session/machine-pair.ts";

const LEAST = 1024;
const later = laterProvider(nobleProvider, LEAST);

/** Keys that follow from `seed`. */
function gcm(seed: number) {
  const keys = { key: seededRandom(seed)(16), iv: seededRandom(seed + 1)(12), macKey: new Uint8Array(0) };
  return {
    sealer: aes128Gcm.createSealer(later, keys, undefined),
    opener: aes128Gcm.createOpener(later, keys, undefined),
    sealerAtOnce: aes128Gcm.createSealer(nobleProvider, keys, undefined),
  };
}

function ctr(seed: number) {
  const keys = { key: seededRandom(seed)(16), iv: seededRandom(seed + 1)(16), macKey: seededRandom(seed + 2)(32) };
  return {
    sealer: aes128Ctr.createSealer(nobleProvider, keys, hmacSha256),
    opener: aes128Ctr.createOpener(nobleProvider, keys, hmacSha256),
  };
}

class Receiver {
  readonly jobs: CryptoJob[] = [];
  readonly reader = new PacketReader(256 * 1024);
  readonly input = new InputBuffer();
  readonly payloads: Uint8Array[] = [];

  constructor(seed = 1) {
    this.reader.rekey(gcm(seed).opener, true);
    this.reader.openAhead({ jobNeeded: (job) => void this.jobs.push(job) });
  }

  take(): void {
    for (let next = this.reader.next(this.input); next !== undefined; next = this.reader.next(this.input))
      this.payloads.push(next);
  }

  async finish(at: number): Promise<void> {
    const [job] = this.jobs.splice(at, 1);
    if (job !== undefined) this.reader.finish(job, await job.run());
    this.take();
  }
}

/** Packets as they are on the wire, sealed at once. */
function packets(sizes: readonly number[], seed = 1): Uint8Array[] {
  const writer = new PacketWriter(seededRandom(2), { jobNeeded: () => {} });
  writer.rekey(gcm(seed).sealerAtOnce, true);
  return sizes.map((size, i) => {
    writer.write(new Uint8Array(size).fill(i + 1));
    return writer.output.take() ?? new Uint8Array(0);
  });
}

const numbers = (payloads: readonly Uint8Array[]): number[] => payloads.map((payload) => payload[0] ?? 0);

describe("opening packets aside (RFC 4253 §6, RFC 5647 §7)", () => {
  it("takes them strictly in order, whatever is done first, and small ones in their turn", async () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1100, max: 3000 })), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 9000 }),
        async (all, picks, step) => {
          const receiver = new Receiver();
          const wire = Buffer.concat(packets(all));
          for (let at = 0; at < wire.length; at += step) {
            receiver.input.append(wire.subarray(at, at + step));
            receiver.take();
            if (receiver.jobs.length > 2) await receiver.finish((picks[0] ?? 0) % receiver.jobs.length);
          }
          for (const pick of picks) if (receiver.jobs.length > 0) await receiver.finish(pick % receiver.jobs.length);
          expect(receiver.payloads.map((payload) => payload.length)).toEqual(all);
          expect(numbers(receiver.payloads)).toEqual(all.map((_, i) => i + 1));
          expect(receiver.reader.counter.sequence).toBe(all.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("hands out nothing behind a packet that is still being opened", async () => {
    const receiver = new Receiver();
    for (const packet of packets([5, 2000, 5, 2000, 5])) receiver.input.append(packet);
    receiver.take();
    expect(numbers(receiver.payloads)).toEqual([1]);
    expect(receiver.reader.waits).toBe(true);
    await receiver.finish(1);
    expect(numbers(receiver.payloads)).toEqual([1]);
    await receiver.finish(0);
    expect(numbers(receiver.payloads)).toEqual([1, 2, 3, 4, 5]);
    expect(receiver.reader.waits).toBe(false);
  });

  it("a wrong tag anywhere in flight ends it there: what came before is out, nothing after it", async () => {
    for (let wrong = 0; wrong < 6; wrong++) {
      const receiver = new Receiver();
      for (const [i, packet] of packets([2000, 2000, 30, 2000, 30, 2000]).entries()) {
        if (i === wrong) packet[packet.length - 20] = (packet[packet.length - 20] ?? 0) ^ 1;
        receiver.input.append(packet);
      }
      let error: { code?: string } | undefined;
      try {
        receiver.take();
        while (receiver.jobs.length > 0) await receiver.finish(receiver.jobs.length - 1);
      } catch (thrown) {
        error = thrown as { code?: string };
      }
      expect(error?.code, `packet ${wrong}`).toBe("mac-mismatch");
      expect(numbers(receiver.payloads)).toEqual([1, 2, 3, 4, 5].slice(0, wrong));
    }
  });

  it("a result of the wrong length, or that is no bytes, is a wrong tag", () => {
    for (const result of [undefined, new Uint8Array(0), new Uint8Array(2015), true as unknown as Uint8Array]) {
      const receiver = new Receiver();
      receiver.input.append(packets([2000])[0] ?? new Uint8Array(0));
      receiver.take();
      const [job] = receiver.jobs;
      if (job !== undefined) receiver.reader.finish(job, result);
      expect(errorOf(() => receiver.take()).code).toBe("mac-mismatch");
    }
  });

  it("an impossible length is said when its turn has come (RFC 4253 §6.1), not before", async () => {
    const receiver = new Receiver();
    const [first, second] = packets([2000, 2000]);
    if (second !== undefined) second[0] = 1;
    for (const packet of [first, second]) receiver.input.append(packet ?? new Uint8Array(0));
    receiver.take();
    expect(receiver.jobs).toHaveLength(1);
    await expect(receiver.finish(0)).rejects.toMatchObject({ code: "packet-too-long" });
    expect(numbers(receiver.payloads)).toEqual([1]);
  });

  it(`at most ${MAX_PACKETS_AHEAD} packets are on their way, and one more when the first has been taken`, async () => {
    const receiver = new Receiver();
    for (const packet of packets(Array(MAX_PACKETS_AHEAD + 3).fill(2000))) receiver.input.append(packet);
    receiver.take();
    expect(receiver.jobs).toHaveLength(MAX_PACKETS_AHEAD);
    await receiver.finish(1);
    expect(receiver.jobs).toHaveLength(MAX_PACKETS_AHEAD - 1);
    await receiver.finish(0);
    // Two have been taken, so two more are on their way.
    expect(receiver.jobs).toHaveLength(MAX_PACKETS_AHEAD);
  });

  it("at most 1 MiB is on its way, to the byte", () => {
    const size = (payload: number): number => packets([payload])[0]?.length ?? 0;
    const full = Array<number>(4).fill(250_000);
    const left = MAX_BYTES_AHEAD - 4 * size(250_000);
    // Packets grow by blocks of 16 bytes. The first is as long as what is left, or a little shorter; the second is longer.
    const fitting = left - 20 - 5 - ((left - 20) % 16);
    expect(size(fitting)).toBeLessThanOrEqual(left);
    expect(size(fitting + 16)).toBeGreaterThan(left);
    for (const [last, expected] of [
      [fitting, 5],
      [fitting + 16, 4],
    ] as const) {
      const receiver = new Receiver();
      for (const packet of packets([...full, last])) receiver.input.append(packet);
      receiver.take();
      expect(receiver.jobs).toHaveLength(expected);
    }
  });

  it("new keys make void what was begun behind NEWKEYS (RFC 4253 §7.3): it is opened anew", async () => {
    const receiver = new Receiver(1);
    for (const packet of packets([2000, 9], 1)) receiver.input.append(packet);
    for (const packet of packets([3000, 7, 3000], 50)) receiver.input.append(packet);
    receiver.reader.next(receiver.input);
    const begun = receiver.jobs.splice(0);
    // The job of the old keys, and two that nobody can know to be none of theirs.
    expect(begun).toHaveLength(3);
    const [first, second, third] = await Promise.all(begun.map((job) => job.run()));
    expect([first?.length, second, third]).toEqual([2016, undefined, undefined]);
    if (begun[0] !== undefined) receiver.reader.finish(begun[0], first);
    receiver.payloads.push(receiver.reader.next(receiver.input) ?? new Uint8Array(0));
    receiver.payloads.push(receiver.reader.next(receiver.input) ?? new Uint8Array(0));
    expect(numbers(receiver.payloads)).toEqual([1, 2]);
    receiver.reader.rekey(gcm(50).opener, true);
    // Late answers of the old time change nothing, not even if they were bytes.
    for (const job of begun) receiver.reader.finish(job, new Uint8Array(3016).fill(99));
    receiver.take();
    expect(receiver.jobs).toHaveLength(2);
    await receiver.finish(1);
    await receiver.finish(0);
    expect(numbers(receiver.payloads)).toEqual([1, 2, 1, 2, 3]);
  });

  it("new keys of another cipher: its boundaries are read anew, and nothing is begun ahead", async () => {
    const receiver = new Receiver(1);
    for (const packet of packets([9], 1)) receiver.input.append(packet);
    const writer = new PacketWriter(seededRandom(3), { jobNeeded: () => {} });
    writer.rekey(ctr(70).sealer, true);
    writer.write(new Uint8Array(4000).fill(8));
    receiver.input.append(writer.output.take() ?? new Uint8Array(0));
    receiver.payloads.push(receiver.reader.next(receiver.input) ?? new Uint8Array(0));
    receiver.reader.rekey(ctr(70).opener, true);
    receiver.jobs.length = 0;
    receiver.take();
    expect(receiver.jobs).toHaveLength(0);
    expect(numbers(receiver.payloads)).toEqual([1, 8]);
  });

  it("is not begun before it is allowed", () => {
    const reader = new PacketReader(256 * 1024);
    reader.rekey(gcm(1).opener, true);
    const input = new InputBuffer();
    input.append(packets([5000])[0] ?? new Uint8Array(0));
    expect(reader.next(input)).toHaveLength(5000);
  });
});

class Sender {
  readonly jobs: CryptoJob[] = [];
  readonly writer = new PacketWriter(seededRandom(2), { jobNeeded: (job) => void this.jobs.push(job) });

  constructor(seed = 1) {
    this.writer.rekey(gcm(seed).sealer, true);
  }

  async finish(at: number): Promise<void> {
    const [job] = this.jobs.splice(at, 1);
    if (job !== undefined) expect(this.writer.finish(job, await job.run())).toBe(true);
  }
}

describe("sealing packets aside (RFC 4253 §6, RFC 5647 §7)", () => {
  it("the bytes are those of sealing at once, whatever is done first", async () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1100, max: 3000 })), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), async (all, picks) => {
        const sender = new Sender();
        const wire: Uint8Array[] = [];
        const take = (): void => void wire.push(sender.writer.output.take() ?? new Uint8Array(0));
        for (const [i, size] of all.entries()) {
          sender.writer.write(new Uint8Array(size).fill(i + 1));
          if ((picks[i] ?? 0) % 3 === 0) take();
          if ((picks[i] ?? 0) % 5 === 0) await sender.finish((picks[i] ?? 0) % Math.max(1, sender.jobs.length));
        }
        for (const pick of picks) {
          if (sender.jobs.length > 0) await sender.finish(pick % sender.jobs.length);
          take();
        }
        expect(Buffer.compare(Buffer.concat(wire), Buffer.concat(packets(all)))).toBe(0);
        expect(sender.writer.output.length).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("nothing leaves from the first unsealed packet on, and its plain text is not in the output", async () => {
    const sender = new Sender();
    sender.writer.write(new Uint8Array(5).fill(1));
    sender.writer.write(new Uint8Array(2000).fill(2));
    sender.writer.write(new Uint8Array(5).fill(3));
    expect(sender.writer.output.length).toBe(36 + 2036 + 36);
    const first = sender.writer.output.take();
    expect(first).toHaveLength(36);
    expect(sender.writer.output.take()).toBeUndefined();
    expect(sender.writer.output.roomAt(36, 2036).every((byte) => byte === 0)).toBe(true);
    await sender.finish(0);
    expect(sender.writer.output.take()).toHaveLength(2036 + 36);
    expect(sender.writer.output.take()).toBeUndefined();
  });

  it(`at most ${MAX_PACKETS_SEALING} jobs are running; the others wait in order`, async () => {
    const sender = new Sender();
    for (let i = 0; i < MAX_PACKETS_SEALING + 2; i++) sender.writer.write(new Uint8Array(2000));
    expect(sender.jobs).toHaveLength(MAX_PACKETS_SEALING);
    await sender.finish(3);
    expect(sender.jobs).toHaveLength(MAX_PACKETS_SEALING);
    while (sender.jobs.length > 0) await sender.finish(0);
    expect(sender.writer.output.take()).toHaveLength((MAX_PACKETS_SEALING + 2) * 2036);
  });

  it("new keys, and the end, seal the rest at once; answers that come later change nothing", async () => {
    for (const end of ["rekey", "destroy"] as const) {
      const sender = new Sender();
      for (const [i, size] of [2000, 3000, 20, 2000].entries()) sender.writer.write(new Uint8Array(size).fill(i + 1));
      await sender.finish(1);
      if (end === "rekey") sender.writer.rekey(gcm(50).sealer, true);
      else sender.writer.destroy();
      const wire = sender.writer.output.take() ?? new Uint8Array(0);
      expect(Buffer.compare(wire, Buffer.concat(packets([2000, 3000, 20, 2000])))).toBe(0);
      for (const job of sender.jobs) expect(sender.writer.finish(job, new Uint8Array(2032).fill(9))).toBe(false);
      expect(Buffer.compare(wire, Buffer.concat(packets([2000, 3000, 20, 2000])))).toBe(0);
    }
  });

  it("a result that cannot be a packet is an error of the provider, and stays where it is", () => {
    for (const result of [undefined, new Uint8Array(0), new Uint8Array(2031), new Uint8Array(2033)]) {
      const sender = new Sender();
      sender.writer.write(new Uint8Array(2000));
      const [job] = sender.jobs;
      const error = errorOf(() => job !== undefined && sender.writer.finish(job, result));
      expect(error).toMatchObject({ code: "provider-failed", fault: "local" });
      expect(sender.writer.output.take()).toBeUndefined();
    }
  });

  it("a packet is large from exactly so many bytes on", () => {
    const sender = new Sender();
    const size = (payload: number): number => packets([payload])[0]?.length ?? 0;
    const payload = LEAST - 20 - 5;
    const [below, above] = [payload - 16 - (payload % 16), payload + 16];
    expect(size(below)).toBeLessThan(LEAST);
    expect(size(above)).toBeGreaterThanOrEqual(LEAST);
    sender.writer.write(new Uint8Array(below));
    expect(sender.jobs).toHaveLength(0);
    sender.writer.write(new Uint8Array(above));
    expect(sender.jobs).toHaveLength(1);
  });
});

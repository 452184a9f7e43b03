import {
  aes128Ctr,
  aes128Gcm,
  aes256Ctr,
  aes256Gcm,
  type CipherAlgorithm,
  type CryptoProvider,
  chacha20Poly1305,
  forProvider,
  hmacSha256Etm,
  modern,
} from "@netconf-kit/ssh";
import { type CipherCell, IN_FLIGHT, PACKET_SIZES, type ProviderRates } from "./ciphers-cells.ts";
import { plainCallCells } from "./ciphers-plain-calls.ts";
import type { BenchClock } from "./harness.ts";
import type { Guest } from "./runtimes-guest.ts";

const CIPHERS: readonly CipherAlgorithm[] = [aes128Gcm, aes256Gcm, chacha20Poly1305, aes128Ctr, aes256Ctr];

const WARM_UP_MILLISECONDS = 100;
/** What one cell takes in each round. */
const MILLISECONDS = 40;
/** `padding_length` that makes whole blocks of packets here. */
const PADDING = 15;

/** Every provider, cipher and size, one after another for each question. */
export async function packetRates(
  { providers, ownProvider }: Guest,
  clock: BenchClock,
): Promise<() => Promise<readonly ProviderRates[]>> {
  const all = new Map([[ownProvider.name, ownProvider.provider]]);
  for (const [name, provider] of Object.entries(providers)) if (provider !== undefined) all.set(name, provider);
  const cells = [
    ...[...all].flatMap(([name, provider]) => CIPHERS.flatMap((cipher) => cellsOf(name, provider, cipher))),
    ...(await plainCallCells()),
  ];
  // Once with cold code, and once to count with.
  for (const cell of cells) await countFor(cell, WARM_UP_MILLISECONDS);
  const counted: (readonly [CipherCell, number])[] = [];
  for (const cell of cells) counted.push([cell, await countFor(cell, MILLISECONDS)]);
  const orders = new Map([...all].map(([name, provider]) => [name, forProvider(modern, provider).cipher]));
  return async () => {
    const measured = new Map<string, Record<string, number[]>>();
    for (const { provider, cipher } of cells) {
      const rates = measured.get(provider) ?? {};
      rates[cipher] = [];
      measured.set(provider, rates);
    }
    // In another order each time: what one leaves behind, the next one has to clear away.
    for (const [{ provider, cipher, size, run }, count] of shuffled(counted)) {
      const start = clock();
      await run(count);
      const rates = measured.get(provider)?.[cipher] ?? [];
      rates[PACKET_SIZES.indexOf(size)] = (count * size * 1000) / (clock() - start);
    }
    return [...measured].map(([provider, rates]): ProviderRates => {
      const order = (orders.get(provider) ?? []).map(({ name }) => name).filter((name) => name in rates);
      return { provider, order, rates };
    });
  };
}

function shuffled<T>(values: readonly T[]): readonly T[] {
  const keyed = values.map((value) => ({ key: Math.random(), value }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

function cellsOf(name: string, provider: CryptoProvider, cipher: CipherAlgorithm): readonly CipherCell[] {
  return PACKET_SIZES.map((size) => ({
    provider: name,
    cipher: cipher.name,
    size,
    run: packets(provider, cipher, size),
  }));
}

type Sealer = ReturnType<CipherAlgorithm["createSealer"]>;
type Opener = ReturnType<CipherAlgorithm["createOpener"]>;

/** Seals and opens packets of this size as a connection would: in place, or where the runtime does it aside. */
function packets(provider: CryptoProvider, cipher: CipherAlgorithm, size: number): CipherCell["run"] {
  const filled = (length: number): Uint8Array => new Uint8Array(length).fill(7);
  const keys = { key: filled(cipher.keyLength), iv: filled(cipher.ivLength), macKey: filled(hmacSha256Etm.keyLength) };
  const sealer = cipher.createSealer(provider, keys, hmacSha256Etm);
  const opener = cipher.createOpener(provider, keys, hmacSha256Etm);
  const aside = 4 + packetLength(size) + sealer.tagLength >= (sealer.later?.leastBytes ?? Number.POSITIVE_INFINITY);
  return aside ? packetsAside(sealer, opener, size) : packetsInPlace(sealer, opener, size);
}

function packetsInPlace(sealer: Sealer, opener: Opener, size: number): CipherCell["run"] {
  const length = packetLength(size);
  const packet = new Uint8Array(4 + length + sealer.tagLength);
  let sequence = 0;
  return (count) => {
    for (let i = 0; i < count; i++) {
      writeHead(packet, length);
      sealer.seal(sequence, packet);
      check(opener.packetLength(sequence, packet.subarray(0, opener.headLength)), length);
      check(opener.open(sequence, packet).length, size);
      sequence = (sequence + 1) >>> 0;
    }
  };
}

function packetsAside(
  { later: sealer, tagLength }: Sealer,
  { later: opener }: Opener,
  size: number,
): CipherCell["run"] {
  if (sealer === undefined || opener === undefined) throw new Error("this cipher does nothing aside");
  const length = packetLength(size);
  const plain = new Uint8Array(4 + length);
  writeHead(plain, length);
  const sealed = Array.from({ length: IN_FLIGHT }, () => new Uint8Array(4 + length + tagLength));
  const seal = async (target: Uint8Array): Promise<void> => {
    const job = sealer.begin(plain);
    job.finish(target, await job.run());
  };
  return async (count) => {
    for (let done = 0; done < count; done += IN_FLIGHT) {
      await Promise.all(sealed.map(seal));
      const opened = await Promise.all(sealed.map((packet, ahead) => opener.begin(ahead, packet).run()));
      for (const result of opened) check(opener.finish(length, result).length, size);
    }
  };
}

/** What packet_length says: padding_length, payload and padding. */
function packetLength(size: number): number {
  return 1 + size + PADDING;
}

function writeHead(packet: Uint8Array, length: number): void {
  new DataView(packet.buffer).setUint32(0, length);
  packet[4] = PADDING;
}

function check(found: number, expected: number): void {
  if (found !== expected) throw new Error(`a packet was opened to ${found} bytes instead of ${expected}`);
}

/** How many packets take so long. */
async function countFor({ run }: CipherCell, milliseconds: number): Promise<number> {
  for (let count = IN_FLIGHT; ; count *= 2) {
    const start = performance.now();
    await run(count);
    if (performance.now() - start > milliseconds) return count;
  }
}

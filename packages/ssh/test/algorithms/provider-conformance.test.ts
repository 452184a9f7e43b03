import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { type PacketSealer, paddingLength } from "../../src/algorithms/packet-cipher.ts";
import { modern } from "../../src/algorithms/presets.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { MachinePair, seededRandom } from "../session/machine-pair.ts";
import { type Checked, laterGcmCase, rfcCases, type WycheproofCase, wycheproofCases } from "./provider-conformance.ts";
import { wycheproof } from "./wycheproof.ts";

const node = nodeCryptoProvider(nobleProvider);
const web = webCryptoProvider(crypto.subtle, nobleProvider);
const providers: readonly CryptoProvider[] = [nobleProvider, node, web];
const pairs = providers.flatMap((left) => providers.map((right) => [left, right] as const));
const curves = ["nistp256", "nistp384", "nistp521"] as const;

for (const provider of providers) {
  describe(`provider ${provider.name}`, () => {
    for (const { name, atLeast, run } of rfcCases) it(name, () => expectAll(run(provider), atLeast));
    describe.runIf(corpus() !== undefined)("and Wycheproof", () => {
      for (const one of wycheproofCases) it(one.name, () => runWycheproof(provider, one));
    });

    it("answers later for AES-GCM only where the runtime does", () => {
      expect(provider.aesGcm(new Uint8Array(16)).later !== undefined).toBe(provider === web);
    });

    it("refuses keys, points and signatures of a wrong length without an exception", () => {
      for (const name of ["x25519", ...curves] as const) {
        const agreement = provider.keyAgreement(name);
        const { secretKey, publicKey } = agreement.generate(seededRandom(1));
        for (const wrong of [publicKey.subarray(1), Uint8Array.of(...publicKey, 0), new Uint8Array(0)])
          expect(agreement.sharedSecret(secretKey, wrong)).toBeUndefined();
      }
      for (const name of ["ed25519", ...curves] as const) {
        const scheme = provider.signature(name);
        const { secretKey, publicKey } = scheme.generate(seededRandom(1));
        const signature = scheme.sign(secretKey, publicKey);
        expect(scheme.verify(publicKey, publicKey, signature)).toBe(true);
        expect(scheme.verify(publicKey, publicKey, signature.subarray(1))).toBe(false);
        expect(scheme.verify(publicKey, publicKey, Uint8Array.of(...signature, 0))).toBe(false);
        expect(scheme.verify(publicKey.subarray(1), publicKey, signature)).toBe(false);
        expect(scheme.publicKey(secretKey.subarray(1))).toBeUndefined();
      }
      for (const name of curves) expect(provider.signature(name).publicKey(new Uint8Array(32))).toBeUndefined();
    });

    it("refuses a GCM tag that is shorter than 16 bytes", () => {
      const key = provider.aesGcm(new Uint8Array(16));
      const tag = new Uint8Array(16);
      key.seal(new Uint8Array(12), new Uint8Array(4), new Uint8Array(20), tag);
      for (const length of [0, 4, 8, 12, 15])
        expect(key.open(new Uint8Array(12), new Uint8Array(4), new Uint8Array(20), tag.subarray(0, length))).toBe(
          false,
        );
    });
  });
}

describe("AES-GCM that is answered later", () => {
  it.runIf(corpus() !== undefined)(laterGcmCase.name, () => runWycheproof(web, laterGcmCase));

  it("refuses a tag that is shorter than 16 bytes, and bytes that are no more than a part of one", async () => {
    const { later } = web.aesGcm(new Uint8Array(16));
    const [nonce, additional] = [new Uint8Array(12), new Uint8Array(4)];
    const sealed = (await later?.seal(nonce, additional, new Uint8Array(20))) ?? new Uint8Array(0);
    expect(sealed).toHaveLength(36);
    for (const length of [0, 4, 15, 16, 32, 35])
      expect(await later?.open(nonce, additional, sealed.subarray(0, length))).toBeUndefined();
  });

  for (const other of providers)
    it(`seals what ${other.name} opens at once, and opens what it seals`, async () => {
      const key = seededRandom(6)(32);
      const [aside, atOnce] = [web.aesGcm(key).later, other.aesGcm(key)];
      for (const size of [0, 1, 16, 4097, 131_072]) {
        const [nonce, additional, plain] = [seededRandom(size)(12), seededRandom(1)(4), seededRandom(2)(size)];
        const sealed = (await aside?.seal(nonce, additional, plain)) ?? new Uint8Array(0);
        const [bytes, tag] = [plain.slice(), new Uint8Array(16)];
        atOnce.seal(nonce, additional, bytes, tag);
        expect(Buffer.compare(sealed, Buffer.concat([bytes, tag]))).toBe(0);
        expect(atOnce.open(nonce, additional, bytes, tag)).toBe(true);
        expect(Buffer.compare((await aside?.open(nonce, additional, sealed)) ?? new Uint8Array(1), plain)).toBe(0);
      }
    });
});

describe("two providers", () => {
  it("make the same keys from the same random bytes", () => {
    for (const name of ["x25519", ...curves] as const) {
      const [left, right] = providers.map((provider) => provider.keyAgreement(name).generate(seededRandom(7)));
      expect(left).toEqual(right);
    }
    for (const name of ["ed25519", ...curves] as const) {
      const [left, right] = providers.map((provider) => provider.signature(name).generate(seededRandom(8)));
      expect(left).toEqual(right);
    }
  });

  it("agree on Poly1305 for any key and any length", () => {
    const key = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(0, 255).map((byte) => new Uint8Array(32).fill(byte)),
    );
    fc.assert(
      fc.property(key, fc.integer({ min: 500, max: 1200 }), fc.constantFrom(0, 1, 251, 254, 255), (k, length, fill) => {
        const data = Uint8Array.from({ length }, (_, i) => (i % 40 < 20 ? fill : i * 31));
        expect(node.poly1305(k, data)).toEqual(nobleProvider.poly1305(k, data));
      }),
      { numRuns: 300 },
    );
  });

  for (const [left, right] of pairs) {
    const names = `${left.name} seals, ${right.name} opens`;
    it(`${names}: every cipher and MAC, packets of any size`, () => {
      for (const cipher of modern.cipher)
        for (const mac of cipher.authenticated ? [undefined] : modern.mac) {
          const random = seededRandom(3);
          const keys = {
            key: random(cipher.keyLength),
            iv: random(cipher.ivLength),
            macKey: random(mac?.keyLength ?? 0),
          };
          const sealer = cipher.createSealer(left, keys, mac);
          const opener = cipher.createOpener(right, keys, mac);
          for (const [sequence, size] of [1, 11, 64, 1000, 5000, 131_072].entries()) {
            const payload = random(size);
            const packet = plainPacket(sealer, payload);
            sealer.seal(sequence, packet);
            const length = opener.packetLength(sequence, packet.subarray(0, opener.headLength));
            expect(4 + length + opener.tagLength).toBe(packet.length);
            const sealed = packet.slice();
            const opened = opener.open(sequence, packet);
            expect(Buffer.compare(opened, payload)).toBe(0);
            expect(opener.opensApart === true).toBe(opened.buffer !== packet.buffer);
            if (opener.opensApart === true) expect(Buffer.compare(packet, sealed)).toBe(0);
          }
        }
    });

    it(`${left.name} signs, ${right.name} verifies`, () => {
      for (const name of ["ed25519", ...curves] as const) {
        const { secretKey, publicKey } = left.signature(name).generate(seededRandom(4));
        const data = seededRandom(5)(300);
        const signature = left.signature(name).sign(secretKey, data);
        expect(signature.length).toBe(right.signature(name).signatureLength);
        expect(right.signature(name).verify(publicKey, data, signature)).toBe(true);
        data[0] = (data[0] ?? 0) ^ 1;
        expect(right.signature(name).verify(publicKey, data, signature)).toBe(false);
      }
    });

    it(`${left.name} as client, ${right.name} as server: every key exchange, twice, and data`, async () => {
      for (const kex of modern.keyExchange) {
        const algorithms = { ...modern, keyExchange: [kex] };
        const pair = new MachinePair({
          client: { provider: left, algorithms },
          server: { provider: right, algorithms },
        });
        const { client, server } = pair.openChannel();
        pair.client.rekey();
        await pair.settle();
        pair.client.writeChannel(client, new Uint8Array(200_000).fill(7), 1 << 20);
        await pair.settle();
        const received = pair.serverEvents.flatMap((event) => (event.type === "channelData" ? [event] : []));
        expect(received.every(({ channel }) => channel === server)).toBe(true);
        expect(received.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(200_000);
        expect(pair.client.negotiated).toMatchObject({ kex: kex.name });
      }
    });
  }
});

function plainPacket(sealer: PacketSealer, payload: Uint8Array): Uint8Array {
  const padding = paddingLength(sealer, payload.length);
  const length = 1 + payload.length + padding;
  const packet = new Uint8Array(4 + length + sealer.tagLength);
  new DataView(packet.buffer).setUint32(0, length);
  packet[4] = padding;
  packet.set(payload, 5);
  return packet;
}

async function runWycheproof(provider: CryptoProvider, { file, atLeast, run }: WycheproofCase): Promise<void> {
  expectAll(await run(provider, wycheproof(file)), atLeast);
}

function expectAll({ checked, failures }: Checked, atLeast: number): void {
  expect(failures).toEqual([]);
  expect(checked).toBeGreaterThanOrEqual(atLeast);
}

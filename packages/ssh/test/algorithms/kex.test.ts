import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mlkem768X25519 } from "../../src/algorithms/kex/mlkem768x25519.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { algorithmNamed, defaultServerAlgorithms } from "../../src/algorithms/registry.ts";
import { isSshError } from "../../src/errors.ts";
import { fromHex } from "../wire/hex.ts";

/** Methods whose public values have one length; those of finite fields are in `diffie-hellman.test.ts`. */
const keyExchange = defaultServerAlgorithms.keyExchange.filter((kex) => kex.kind === "public-values");

const pointSizes: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["ecdh-sha2-nistp256", [65, 65]],
  ["ecdh-sha2-nistp384", [97, 97]],
  ["ecdh-sha2-nistp521", [133, 133]],
]);

/** Different bytes for each call, the same in each run. */
function seededRandom(seed: number): (length: number) => Uint8Array {
  let counter = 0;
  return (length) => {
    const parts: Buffer[] = [];
    for (let i = 0; i * 64 < length; i++) parts.push(createHash("sha512").update(`${seed}/${counter++}/${i}`).digest());
    return Uint8Array.from(Buffer.concat(parts).subarray(0, length));
  };
}

describe("key exchange", () => {
  for (const kex of keyExchange) {
    describe(kex.name, () => {
      const [clientSize, serverSize] = kex === mlkem768X25519 ? [1216, 1120] : (pointSizes.get(kex.name) ?? [32, 32]);

      it("gives both sides the same secret", () => {
        const start = kex.start(nobleProvider, seededRandom(1));
        const response = kex.respond(nobleProvider, seededRandom(2), start.publicValue);
        expect([start.publicValue.length, response.publicValue.length]).toEqual([clientSize, serverSize]);
        expect(start.finish(response.publicValue)).toEqual(response.secret);
      });

      it("depends on the random bytes of each side", () => {
        const start = kex.start(nobleProvider, seededRandom(1));
        const secrets = [2, 3].map((seed) => kex.respond(nobleProvider, seededRandom(seed), start.publicValue).secret);
        expect(secrets[0]).not.toEqual(secrets[1]);
      });

      it("refuses public values that are one byte short or long", () => {
        for (const change of [-1, 1]) {
          const client = kex.start(nobleProvider, seededRandom(1)).publicValue;
          const server = kex.respond(nobleProvider, seededRandom(2), client).publicValue;
          expect(code(() => kex.respond(nobleProvider, seededRandom(2), resized(client, change)))).toBe(
            "key-exchange-failed",
          );
          expect(code(() => kex.start(nobleProvider, seededRandom(1)).finish(resized(server, change)))).toBe(
            "key-exchange-failed",
          );
        }
      });

      it("refuses an empty value and one of zeros", () => {
        for (const value of [new Uint8Array(), new Uint8Array(serverSize!)])
          expect(code(() => kex.start(nobleProvider, seededRandom(1)).finish(value))).toBe("key-exchange-failed");
        for (const value of [new Uint8Array(), new Uint8Array(clientSize!)])
          expect(code(() => kex.respond(nobleProvider, seededRandom(2), value))).toBe("key-exchange-failed");
      });
    });
  }

  it("curve25519 refuses points of low order (RFC 8731 §3)", () => {
    const kex = algorithmNamed(keyExchange, "curve25519-sha256")!;
    const lowOrder = [
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for (const point of lowOrder)
      expect(code(() => kex.respond(nobleProvider, seededRandom(2), fromHex(point)))).toBe("key-exchange-failed");
  });

  for (const [name, [size]] of pointSizes) {
    it(`${name} refuses a point off the curve, a compressed one and that at infinity (RFC 5656 §4)`, () => {
      const kex = algorithmNamed(keyExchange, name)!;
      const point = kex.start(nobleProvider, seededRandom(1)).publicValue;
      const last = size - 1;
      const off = point.slice();
      off[last]! ^= 1;
      const compressed = point.slice(0, 1 + last / 2);
      compressed[0] = 2 + (point[last]! & 1);
      const hybrid = point.slice();
      hybrid[0] = 6 + (point[last]! & 1);
      for (const value of [off, compressed, hybrid, new Uint8Array(1), Uint8Array.of(4, ...new Uint8Array(last))])
        expect(code(() => kex.respond(nobleProvider, seededRandom(2), value))).toBe("key-exchange-failed");
    });
  }

  it("mlkem768x25519 encodes K as a string of 32 bytes and refuses an ML-KEM key that is not reduced", () => {
    const { publicValue } = mlkem768X25519.start(nobleProvider, seededRandom(1));
    const { secret } = mlkem768X25519.respond(nobleProvider, seededRandom(2), publicValue);
    expect(secret.encoded.length).toBe(36);
    expect(secret.encoded.subarray(0, 4)).toEqual(Uint8Array.of(0, 0, 0, 32));
    publicValue.fill(0xff, 0, 384);
    expect(code(() => mlkem768X25519.respond(nobleProvider, seededRandom(2), publicValue))).toBe("key-exchange-failed");
  });

  it("looks for an all-zero secret itself, whatever the provider answers", () => {
    const careless: CryptoProvider = {
      ...nobleProvider,
      keyAgreement: (name) => ({ ...nobleProvider.keyAgreement(name), sharedSecret: () => new Uint8Array(32) }),
    };
    for (const kex of keyExchange) {
      const { publicValue } = kex.start(nobleProvider, seededRandom(1));
      expect(code(() => kex.respond(careless, seededRandom(2), publicValue))).toBe("key-exchange-failed");
    }
  });
});

function resized(bytes: Uint8Array, change: number): Uint8Array {
  const result = new Uint8Array(bytes.length + change);
  result.set(bytes.subarray(0, result.length));
  return result;
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isSshError(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

import { createDiffieHellman, getDiffieHellman } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNumber, startDiffieHellman } from "../../src/algorithms/kex/diffie-hellman.ts";
import { groupExchangeSha256 } from "../../src/algorithms/kex/group-exchange.ts";
import { group14Sha256, group16Sha512, group18Sha512, modpGroup } from "../../src/algorithms/kex/modp-groups.ts";
import { modPow } from "../../src/algorithms/mod-pow.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { isSshError } from "../../src/errors.ts";
import { bytesToBigInt, SshReader } from "../../src/wire/reader.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { seededRandom } from "../session/machine-pair.ts";
import { fromHex, toHex } from "../wire/hex.ts";

const methods = [
  [group14Sha256, 14],
  [group16Sha512, 16],
  [group18Sha512, 18],
] as const;

/** The bytes inside an mpint. */
function number(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return new SshWriter()
    .mpint(fromHex(hex.length % 2 === 0 ? hex : `0${hex}`))
    .take()
    .subarray(4);
}

describe("the groups of RFC 3526", () => {
  for (const [, group] of methods) {
    it(`${group} has the prime that OpenSSL has, and generator 2`, () => {
      const { prime, generator } = modpGroup(group);
      const theirs = getDiffieHellman(`modp${group}`);
      expect(prime.toString(16)).toBe(theirs.getPrime("hex"));
      expect(generator).toBe(2n);
      expect(modpGroup(group).prime).toBe(prime);
    });
  }

  it("14 begins and ends as it is printed there (RFC 3526 §3)", () => {
    const hex = modpGroup(14).prime.toString(16).toUpperCase();
    expect(hex.slice(0, 48)).toBe("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD1");
    expect(hex.slice(-32)).toBe("15728E5A8AACAA68FFFFFFFFFFFFFFFF");
  });
});

describe("modPow", () => {
  it("is the plain product for small numbers", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(20), fc.integer({ min: 2, max: 1000 }), (base, exponent, modulus) => {
        let expected = 1n;
        for (let i = 0; i < exponent; i++) expected = (expected * BigInt(base)) % BigInt(modulus);
        expect(modPow(BigInt(base), BigInt(exponent), BigInt(modulus))).toBe(expected);
      }),
    );
  });
});

describe("finite-field Diffie-Hellman (RFC 4253 §8, RFC 8268)", () => {
  for (const [kex, group] of methods) {
    const { prime } = modpGroup(group);

    it(`${kex.name}: both sides get the same secret, as an mpint`, () => {
      const start = kex.start(nobleProvider, seededRandom(1));
      const response = kex.respond(nobleProvider, seededRandom(2), start.publicValue);
      const secret = start.finish(response.publicValue);
      expect(secret).toEqual(response.secret);
      const reader = new SshReader(secret.encoded);
      expect(reader.mpint()).toBeLessThan(prime);
      reader.end();
    });

    it(`${kex.name}: gets the secret that OpenSSL gets`, () => {
      const theirs = getDiffieHellman(`modp${group}`);
      const public_ = number(BigInt(`0x${theirs.generateKeys("hex")}`));
      const { publicValue, secret } = kex.respond(nobleProvider, seededRandom(3), public_);
      const shared = theirs.computeSecret(bytesWithoutSign(publicValue)).toString("hex");
      expect(new SshReader(secret.encoded).mpint()).toBe(BigInt(`0x${shared}`));
    });

    it(`${kex.name}: refuses 0, 1, p-1, p, p+1, negative and endless numbers`, () => {
      const bad = [0n, 1n, prime - 1n, prime, prime + 1n, prime + 2n, 2n * prime].map(number);
      bad.push(new Uint8Array(0), new Uint8Array(256), Uint8Array.of(0x80, 1), new Uint8Array(4000).fill(1));
      for (const value of bad) {
        expect(
          code(() => kex.respond(nobleProvider, seededRandom(2), value)),
          toHex(value),
        ).toBe("key-exchange-failed");
        expect(code(() => kex.start(nobleProvider, seededRandom(2)).finish(value))).toBe("key-exchange-failed");
      }
      for (const good of [2n, prime - 2n])
        expect(code(() => kex.respond(nobleProvider, seededRandom(2), number(good)))).toBe("nothing was thrown");
    });
  }

  it("asks for 512 random bits, twice the security of the strongest cipher", () => {
    const asked: number[] = [];
    group18Sha512.start(nobleProvider, (length) => {
      asked.push(length);
      return seededRandom(1)(length);
    });
    expect(asked).toEqual([64]);
  });

  it("refuses a random source that gives an exponent of zero", () => {
    expect(code(() => group14Sha256.start(nobleProvider, (length) => new Uint8Array(length)))).toBe(
      "key-exchange-failed",
    );
  });

  it("refuses a secret of 1, as a group that is none can give it", () => {
    // Modulo 15, 4 has order 2: with an even exponent the secret is 1.
    const { finish } = startDiffieHellman("x", { prime: 15n, generator: 7n }, (length) => {
      const bytes = new Uint8Array(length);
      bytes[length - 1] = 2;
      return bytes;
    });
    expect(code(() => finish(number(4n)))).toBe("key-exchange-failed");
  });

  it("takes numbers with superfluous zeros in front", () => {
    expect(decodeNumber("x", Uint8Array.of(0, 0, 0, 7))).toBe(7n);
  });
});

describe("group exchange (RFC 4419 §3)", () => {
  const { prime } = modpGroup(14);
  const start = (p: bigint | Uint8Array, g: bigint | Uint8Array) =>
    groupExchangeSha256.start(
      seededRandom(1),
      p instanceof Uint8Array ? p : number(p),
      g instanceof Uint8Array ? g : number(g),
    );

  it("asks for 3072 bits, between 2048 and 8192", () => {
    expect(groupExchangeSha256.request).toEqual({ min: 2048, preferred: 3072, max: 8192 });
  });

  it("computes in the group that the server has chosen", () => {
    const theirs = createDiffieHellman(prime.toString(16), "hex", 5);
    const { publicValue, finish } = start(prime, 5n);
    const f = number(BigInt(`0x${theirs.generateKeys("hex")}`));
    const shared = theirs.computeSecret(bytesWithoutSign(publicValue)).toString("hex");
    expect(new SshReader(finish(f).encoded).mpint()).toBe(BigInt(`0x${shared}`));
  });

  it("refuses primes out of size, even ones and negative ones", () => {
    const bits = (count: number) => (1n << BigInt(count)) - 1n;
    for (const size of [2048, 8192]) expect(code(() => start(bits(size), 3n))).toBe("nothing was thrown");
    const bad = [0n, 1n, 2n, bits(1024), bits(2047), bits(8193), bits(16_384), prime - 1n];
    for (const p of bad)
      expect(
        code(() => start(p, 2n)),
        `${p}`,
      ).toBe("key-exchange-failed");
    expect(code(() => start(new Uint8Array(256).fill(0xff), 2n))).toBe("key-exchange-failed");
    expect(code(() => start(new Uint8Array(0), 2n))).toBe("key-exchange-failed");
    expect(code(() => start(new Uint8Array(30_000).fill(1), 2n))).toBe("key-exchange-failed");
  });

  it("refuses generators outside 2..p-2, and those of order two", () => {
    for (const g of [0n, 1n, prime - 1n, prime, prime + 1n])
      expect(
        code(() => start(prime, g)),
        `${g}`,
      ).toBe("key-exchange-failed");
    expect(code(() => start(prime, new Uint8Array(0)))).toBe("key-exchange-failed");
    expect(code(() => start(prime, Uint8Array.of(0xff)))).toBe("key-exchange-failed");
    expect(code(() => start(prime, prime - 2n))).toBe("nothing was thrown");
  });

  it("never throws anything else, whatever the server sends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (p, g) => {
        expect(["key-exchange-failed", "nothing was thrown"]).toContain(code(() => start(p, g)));
      }),
      { numRuns: 50 },
    );
  });
});

function bytesWithoutSign(mpint: Uint8Array): Uint8Array {
  expect(bytesToBigInt(mpint)).toBeGreaterThan(1n);
  return mpint[0] === 0 ? mpint.subarray(1) : mpint;
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

import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { defaultServerAlgorithms, verifySignature } from "../../src/algorithms/registry.ts";
import { ecdsaSha2Nistp256 } from "../../src/algorithms/signatures/ecdsa.ts";
import { sshEd25519 } from "../../src/algorithms/signatures/ed25519.ts";
import {
  decodeRsaBlob,
  encodeRsaBlob,
  rsaKeyProblem,
  rsaSha256,
  rsaSha512,
} from "../../src/algorithms/signatures/rsa.ts";
import { encodeSignatureBlob } from "../../src/algorithms/signatures/signature-blob.ts";
import { isSshError } from "../../src/errors.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { rsaPrivateKey } from "../../src/keys/rsa-private-key.ts";
import { SshReader } from "../../src/wire/reader.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { fromHex } from "../wire/hex.ts";

const { hostKey: allowed } = defaultServerAlgorithms;
const data = new TextEncoder().encode("the exchange hash");
const constant = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);

const rsa = (() => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = privateKey.export({ format: "jwk" });
  const number = (text: string | undefined) => Uint8Array.from(Buffer.from(text!, "base64url"));
  const key = rsaPrivateKey({
    modulus: number(jwk.n),
    publicExponent: number(jwk.e),
    privateExponent: number(jwk.d),
    coefficient: number(jwk.qi),
    prime1: number(jwk.p),
    prime2: number(jwk.q),
  });
  return { privateKey, key };
})();

const keys = [generateKey("ssh-ed25519", constant(1)), generateKey("ecdsa-sha2-nistp256", constant(2)), rsa.key];

describe("signatures", () => {
  for (const key of keys)
    for (const algorithm of key.algorithms) {
      it(`${algorithm}: its own signature is right, over these bytes and with this key only`, () => {
        const blob = key.sign(data, algorithm);
        const check = (publicBlob: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
          verifySignature(nobleProvider, allowed, algorithm, publicBlob, message, signature);
        expect(check(key.publicBlob, data, blob)).toBe(true);
        expect(check(key.publicBlob, data.subarray(1), blob)).toBe(false);
        for (const other of keys) if (other !== key) expect(check(other.publicBlob, data, blob)).toBe(false);
        for (let at = 0; at < blob.length; at += 7) {
          const changed = blob.slice();
          changed[at]! ^= 1;
          expect(check(key.publicBlob, data, changed)).toBe(false);
        }
        expect(check(key.publicBlob, data, Uint8Array.of(...blob, 0))).toBe(false);
        expect(check(key.publicBlob, data, blob.subarray(0, -1))).toBe(false);
      });

      it(`${algorithm}: garbage in place of a key or signature is a wrong signature`, () => {
        fc.assert(
          fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (garbage, inner) => {
            const check = (publicBlob: Uint8Array, signature: Uint8Array) =>
              verifySignature(nobleProvider, allowed, algorithm, publicBlob, data, signature);
            expect(check(garbage, key.sign(data, algorithm))).toBe(false);
            expect(check(key.publicBlob, garbage)).toBe(false);
            expect(check(key.publicBlob, encodeSignatureBlob(algorithm, inner))).toBe(false);
          }),
          { numRuns: 20 },
        );
      });
    }

  it("are refused when the name inside is not the negotiated algorithm (RFC 8332 §3)", () => {
    const blob = rsa.key.sign(data, "rsa-sha2-256");
    expect(verifySignature(nobleProvider, allowed, "rsa-sha2-512", rsa.key.publicBlob, data, blob)).toBe(false);
    expect(verifySignature(nobleProvider, [rsaSha512], "rsa-sha2-256", rsa.key.publicBlob, data, blob)).toBe(false);
    expect(verifySignature(nobleProvider, allowed, "ssh-rsa", rsa.key.publicBlob, data, blob)).toBe(false);
  });

  it("are refused when a provider answers with anything but true", () => {
    for (const answer of [undefined, null, 1, "true", {}]) {
      const odd: CryptoProvider = {
        ...nobleProvider,
        // A provider written without types may well do this.
        signature: (name) => ({ ...nobleProvider.signature(name), verify: () => answer as unknown as boolean }),
      };
      const [key] = keys;
      expect(sshEd25519.verify(odd, key!.publicBlob, data, key!.sign(data, "ssh-ed25519"))).toBe(false);
    }
  });

  it("cannot be asked of a key that does not do the algorithm", () => {
    for (const key of keys) expect(code(() => key.sign(data, "ssh-rsa"))).toBe("local-usage");
  });
});

describe("ecdsa-sha2-nistp256", () => {
  const key = keys[1]!;

  it('gives the signature of RFC 6979 §A.2.5 for "sample"', () => {
    const scheme = nobleProvider.signature("nistp256");
    const signature = scheme.sign(
      fromHex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"),
      new TextEncoder().encode("sample"),
    );
    expect(signature).toEqual(
      fromHex(
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716" +
          "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
      ),
    );
  });

  it("accepts numbers with superfluous leading zeros, which some devices send", () => {
    const reader = new SshReader(key.sign(data, key.type));
    reader.string();
    const inner = new SshReader(reader.string());
    const padded = new SshWriter();
    for (const half of [inner.mpintBytes(), inner.mpintBytes()]) padded.string(Uint8Array.of(0, 0, 0, ...half));
    const blob = encodeSignatureBlob(key.type, padded.take());
    expect(ecdsaSha2Nistp256.verify(nobleProvider, key.publicBlob, data, blob)).toBe(true);
  });

  it("accepts both halves of the range of s: lowS is not a rule of SSH", () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const reader = new SshReader(key.sign(data, key.type));
    reader.string();
    const inner = new SshReader(reader.string());
    const r = inner.mpintBytes();
    const other = order - inner.mpint();
    const s = fromHex(other.toString(16).padStart(64, "0"));
    const blob = encodeSignatureBlob(key.type, new SshWriter().mpint(r).mpint(s).take());
    expect(ecdsaSha2Nistp256.verify(nobleProvider, key.publicBlob, data, blob)).toBe(true);
  });
});

describe("ssh-ed25519", () => {
  it("gives the signature of RFC 8032 §7.1, test 2", () => {
    const scheme = nobleProvider.signature("ed25519");
    const secret = fromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    expect(scheme.publicKey(secret)).toEqual(
      fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    );
    expect(scheme.sign(secret, Uint8Array.of(0x72))).toEqual(
      fromHex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
      ),
    );
  });
});

describe("RSA", () => {
  it("makes signatures that a second implementation accepts, and accepts that one's", () => {
    for (const [algorithm, hash] of [
      ["rsa-sha2-256", "sha256"],
      ["rsa-sha2-512", "sha512"],
    ] as const) {
      const reader = new SshReader(rsa.key.sign(data, algorithm));
      expect(reader.text()).toBe(algorithm);
      expect(verify(hash, data, createPublicKey(rsa.privateKey), reader.string())).toBe(true);
      const other = encodeSignatureBlob(algorithm, sign(hash, data, rsa.privateKey));
      expect(verifySignature(nobleProvider, allowed, algorithm, rsa.key.publicBlob, data, other)).toBe(true);
    }
  });

  it("accepts a signature whose leading zeros were dropped, and none that is longer than the modulus", () => {
    // One signature in 256 begins with a zero byte.
    for (let i = 0; ; i++) {
      const message = Uint8Array.of(i >> 8, i);
      const raw = Uint8Array.from(sign("sha256", message, rsa.privateKey));
      const check = (signature: Uint8Array) =>
        rsaSha256.verify(nobleProvider, rsa.key.publicBlob, message, encodeSignatureBlob("rsa-sha2-256", signature));
      expect(check(Uint8Array.of(0, ...raw))).toBe(false);
      if (raw[0] !== 0) continue;
      expect(check(raw.subarray(1))).toBe(true);
      break;
    }
  });

  it("refuses keys under 2048 and over 16384 bit, even moduli and useless exponents", () => {
    const blob = (bits: number, exponent: number[], last = 1) => {
      const modulus = new Uint8Array(bits / 8).fill(0xff);
      modulus[modulus.length - 1] = last;
      return encodeRsaBlob(Uint8Array.from(exponent), modulus);
    };
    const usual = [1, 0, 1];
    const problem = (key: Uint8Array) => rsaKeyProblem(decodeRsaBlob(key));
    expect(problem(blob(2048, usual))).toBeUndefined();
    expect(problem(blob(16384, usual))).toBeUndefined();
    for (const bad of [
      blob(2040, usual),
      blob(2048, usual, 2),
      blob(2048, [1]),
      blob(2048, [4]),
      blob(2048, [1, 0, 0, 0, 0, 0, 0, 0, 1]),
    ])
      expect(problem(bad)).toBeTypeOf("string");
    expect(code(() => decodeRsaBlob(blob(16392, usual)))).toBe("malformed-message");
  });

  it("gives no signature away when the computation was faulty", () => {
    let faults = 0;
    const faulty: CryptoProvider = {
      ...nobleProvider,
      // The hash for the padded block is asked for twice: to sign, then to verify. The second one differs.
      hash: (name, bytes) => nobleProvider.hash(name, faults++ % 2 === 0 ? bytes : bytes.subarray(1)),
    };
    const jwk = rsa.privateKey.export({ format: "jwk" });
    const number = (text: string | undefined) => Uint8Array.from(Buffer.from(text!, "base64url"));
    const numbers = {
      modulus: number(jwk.n),
      publicExponent: number(jwk.e),
      privateExponent: number(jwk.d),
      coefficient: number(jwk.qi),
      prime1: number(jwk.p),
      prime2: number(jwk.q),
    };
    const key = rsaPrivateKey(numbers, { provider: faulty });
    expect(code(() => key.sign(data, "rsa-sha2-512"))).toBe("key-mismatch");
    const wrong = numbers.coefficient.slice();
    wrong[3]! ^= 1;
    expect(code(() => rsaPrivateKey({ ...numbers, coefficient: wrong }))).toBe("key-mismatch");
  });
});

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isSshError(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

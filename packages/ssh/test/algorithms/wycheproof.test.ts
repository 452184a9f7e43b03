import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { nobleProvider as provider } from "../../src/algorithms/noble-provider.ts";
import type { HashName } from "../../src/algorithms/provider.ts";
import {
  ecdsaSha2Nistp256,
  ecdsaSha2Nistp384,
  ecdsaSha2Nistp521,
  encodeEcdsaBlob,
  encodeEcdsaSignature,
  nistp256,
  nistp384,
  nistp521,
} from "../../src/algorithms/signatures/ecdsa.ts";
import { encodeEd25519Blob, sshEd25519 } from "../../src/algorithms/signatures/ed25519.ts";
import { encodeRsaBlob, rsaSha256, rsaSha512 } from "../../src/algorithms/signatures/rsa.ts";
import { encodeSignatureBlob } from "../../src/algorithms/signatures/signature-blob.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import { wycheproof } from "./wycheproof.ts";
import type { WycheproofGroup, WycheproofTest } from "./wycheproof-group.ts";

/*
 * Exceptions, "acceptable" in the vectors:
 * - x25519 with a shared secret of zero: refused (RFC 8731 §3); every other acceptable vector is computed.
 * - RSA with the NULL of the DigestInfo left out (MissingNull): refused, because the block is compared whole.
 */
describe.runIf(corpus() !== undefined)("Wycheproof", () => {
  vectors("x25519_test", 311, (test) => {
    const shared = provider.keyAgreement("x25519").sharedSecret(fromHex(test.private), fromHex(test.public));
    if (test.flags.includes("ZeroSharedSecret")) expect(shared).toBeUndefined();
    else expect(toHex(shared!)).toBe(test.shared);
  });

  for (const [bits, count, name, length] of [
    [256, 213, "nistp256", 32],
    [384, 474, "nistp384", 48],
    [521, 397, "nistp521", 66],
  ] as const) {
    vectors(`ecdh_secp${bits}r1_ecpoint_test`, count, (test) => {
      // Private keys are numbers here, with leading zeros or without.
      const secret = fromHex(test.private.padStart(2 * length, "0").slice(-2 * length));
      const shared = provider.keyAgreement(name).sharedSecret(secret, fromHex(test.public));
      // SSH takes uncompressed points only; the vectors count compressed ones as right.
      const compressed = test.flags.includes("CompressedPoint") || /^0[23]/.test(test.public);
      if (test.result === "valid" && !compressed) expect(toHex(shared!)).toBe(test.shared);
      else expect(shared).toBeUndefined();
    });
  }

  vectors("ed25519_test", 102, (test, group) => {
    const [blob, message, signature] = [
      encodeEd25519Blob(fromHex(group.publicKey.pk)),
      fromHex(test.msg),
      fromHex(test.sig),
    ];
    expect(sshEd25519.verify(provider, blob, message, encodeSignatureBlob("ssh-ed25519", signature))).toBe(
      test.result === "valid",
    );
  });

  for (const [file, count, algorithm, curve] of [
    ["ecdsa_secp256r1_sha256_p1363_test", 151, ecdsaSha2Nistp256, nistp256],
    ["ecdsa_secp384r1_sha384_p1363_test", 161, ecdsaSha2Nistp384, nistp384],
    ["ecdsa_secp521r1_sha512_p1363_test", 184, ecdsaSha2Nistp521, nistp521],
  ] as const) {
    vectors(file, count, (test, group) => {
      const [point, message, signature] = [group.publicKey.uncompressed, test.msg, test.sig].map(fromHex);
      const right = test.result === "valid";
      expect(provider.signature(curve.scheme).verify(point!, message!, signature!)).toBe(right);
      if (signature!.length !== 2 * curve.length) return;
      const blob = encodeEcdsaSignature(signature!, curve);
      expect(algorithm.verify(provider, encodeEcdsaBlob(point!, curve), message!, blob)).toBe(right);
    });
  }

  for (const bits of [2048, 3072, 4096])
    for (const hash of [256, 512]) {
      vectors(`rsa_signature_${bits}_sha${hash}_test`, undefined, (test, group) => {
        const algorithm = hash === 256 ? rsaSha256 : rsaSha512;
        const blob = encodeRsaBlob(fromHex(group.publicKey.publicExponent), fromHex(group.publicKey.modulus));
        const signature = encodeSignatureBlob(algorithm.name, fromHex(test.sig));
        expect(algorithm.verify(provider, blob, fromHex(test.msg), signature)).toBe(test.result === "valid");
      });
    }

  vectors("aes_gcm_test", 184, (test, group) => {
    // RFC 5647 has 96-bit nonces, 128-bit tags and keys of 128 or 256 bit.
    if (group.ivSize !== 96 || group.tagSize !== 128) return;
    const key = provider.aesGcm(fromHex(test.key));
    const [nonce, additional, plain, ciphertext] = [test.iv, test.aad, test.msg, test.ct].map(fromHex);
    const bytes = ciphertext!.slice();
    const opened = key.open(nonce!, additional!, bytes, fromHex(test.tag));
    expect(opened).toBe(test.result === "valid");
    expect(bytes).toEqual(opened ? plain : ciphertext);
    if (test.result !== "valid") return;
    const tag = new Uint8Array(16);
    key.seal(nonce!, additional!, plain!, tag);
    expect([toHex(plain!), toHex(tag)]).toEqual([test.ct, test.tag]);
  });

  for (const hash of ["sha1", "sha256", "sha384", "sha512"] as const satisfies readonly HashName[]) {
    vectors(`hmac_${hash}_test`, undefined, (test, group) => {
      const key = provider.hmacKey(hash, fromHex(test.key));
      const message = fromHex(test.msg);
      const whole = toHex(key.compute(message)).slice(0, group.tagSize / 4);
      expect(whole === test.tag).toBe(test.result === "valid");
      // The same key again, the message in two parts.
      const half = message.length >> 1;
      expect(toHex(key.compute(message.subarray(0, half), message.subarray(half))).slice(0, group.tagSize / 4)).toBe(
        whole,
      );
    });
  }

  vectors("mlkem_768_keygen_seed_test", 60, (test) => {
    const { publicKey, secretKey } = provider.kem("mlkem768").generate(() => fromHex(test.seed));
    expect([toHex(publicKey), toHex(secretKey)]).toEqual([test.ek, test.dk]);
  });

  vectors("mlkem_768_encaps_test", 159, (test) => {
    const result = provider.kem("mlkem768").encapsulate(fromHex(test.ek), () => fromHex(test.m));
    if (test.result === "invalid") expect(result).toBeUndefined();
    else expect([toHex(result!.ciphertext), toHex(result!.secret)]).toEqual([test.c, test.K]);
  });

  vectors("mlkem_768_test", 116, (test) => {
    if (test.seed.length !== 128) return; // Our own random source never gives another length.
    const kem = provider.kem("mlkem768");
    const { secretKey } = kem.generate(() => fromHex(test.seed));
    const secret = kem.decapsulate(fromHex(test.c), secretKey);
    if (test.result === "invalid") expect(secret).toBeUndefined();
    else expect(toHex(secret!)).toBe(test.K);
  });
});

function vectors(
  file: string,
  count: number | undefined,
  check: (test: WycheproofTest, group: WycheproofGroup) => void,
): void {
  const groups = wycheproof(file);
  const total = groups.reduce((sum, group) => sum + group.tests.length, 0);
  it(`${file}: all ${total} vectors`, () => {
    expect(total).toBeGreaterThan(0);
    if (count !== undefined) expect(total).toBe(count);
    const failures: string[] = [];
    for (const group of groups)
      for (const test of group.tests) {
        try {
          check(test, group);
        } catch (error) {
          failures.push(`${test.tcId} ${test.comment} ${test.flags} (${test.result}): ${String(error).split("\n")[0]}`);
        }
      }
    expect(failures).toEqual([]);
  });
}

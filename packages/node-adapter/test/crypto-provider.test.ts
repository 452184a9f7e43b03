import { nobleProvider } from "@netconf-kit/ssh";
import { describe, expect, it } from "vitest";
import { runsCipher } from "../src/crypto-ciphers.ts";
import { agrees, signs } from "../src/crypto-probe.ts";
import { nodeCryptoProvider } from "../src/mod.ts";

// What every provider has to get right is in packages/ssh/test/algorithms/provider-conformance.test.ts.
const provider = nodeCryptoProvider(nobleProvider);

describe("nodeCryptoProvider", () => {
  it("is node:crypto for everything but ML-KEM and Poly1305, and prefers AES-GCM", () => {
    expect(provider.name).toBe("node:crypto");
    expect(provider.preferredCiphers?.[0]).toBe("aes128-gcm@openssh.com");
    expect(provider.kem("mlkem768")).toBe(nobleProvider.kem("mlkem768"));
    for (const name of ["x25519", "nistp256", "nistp384", "nistp521"] as const)
      expect(provider.keyAgreement(name)).not.toBe(nobleProvider.keyAgreement(name));
    for (const name of ["ed25519", "nistp256", "nistp384", "nistp521"] as const)
      expect(provider.signature(name)).not.toBe(nobleProvider.signature(name));
  });

  it("gives plain arrays of bytes, never a Buffer", () => {
    const key = provider.aesGcm(new Uint8Array(16));
    const tag = new Uint8Array(16);
    const bytes = new Uint8Array(8);
    key.seal(new Uint8Array(12), new Uint8Array(4), bytes, tag);
    const results = [
      provider.hash("sha256", bytes),
      provider.hmacKey("sha256", bytes).compute(bytes),
      key.openApart?.(new Uint8Array(12), new Uint8Array(4), bytes, tag),
      provider.keyAgreement("nistp256").generate((length) => new Uint8Array(length).fill(9)).publicKey,
      provider.signature("ed25519").sign(new Uint8Array(32).fill(1), bytes),
    ];
    for (const result of results) expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
  });

  it("frees a plain text of its own that comes back, and leaves other memory alone", () => {
    const key = provider.aesGcm(new Uint8Array(16));
    const [nonce, head, tag] = [new Uint8Array(12), new Uint8Array(4), new Uint8Array(16)];
    const bytes = new Uint8Array(32 * 1024);
    key.seal(nonce, head, bytes, tag);
    const [first, second] = [0, 1].map(() => key.openApart?.(nonce, head, bytes, tag));
    if (first === undefined || second === undefined) throw new Error("it does not open apart");
    // The payload of a packet is a view, and all of it that anybody has.
    provider.recycle?.(first.subarray(10, 30_000));
    provider.recycle?.(first);
    expect(first.buffer.byteLength).toBe(0);
    expect(second.length).toBe(32 * 1024);
    provider.recycle?.(bytes);
    provider.recycle?.(bytes.subarray(0, 20_000));
    expect(bytes.length).toBe(32 * 1024);
  });

  it("keeps its own copy of a key: the caller may wipe theirs, and destroy() leaves that one alone", () => {
    for (const make of [provider.aesGcm, nobleProvider.aesGcm]) {
      const secret = new Uint8Array(16).fill(7);
      const key = make(secret);
      const seal = (): Uint8Array => {
        const tag = new Uint8Array(16);
        key.seal(new Uint8Array(12), new Uint8Array(4), new Uint8Array(8), tag);
        return tag;
      };
      const before = seal();
      secret.fill(0);
      expect(seal()).toEqual(before);
      const again = new Uint8Array(16).fill(7);
      make(again).destroy();
      expect(again).toEqual(new Uint8Array(16).fill(7));
    }
  });

  it("agrees with a key that it has made, once more with the same bytes, and with bytes from elsewhere (RFC 7748 §6.1)", () => {
    const agreement = provider.keyAgreement("x25519");
    const other = nobleProvider.keyAgreement("x25519");
    const { secretKey, publicKey } = agreement.generate((length) => new Uint8Array(length).fill(5));
    const peer = other.generate((length) => new Uint8Array(length).fill(6));
    const expected = other.sharedSecret(peer.secretKey, publicKey);
    for (const secret of [secretKey, secretKey, secretKey.slice()])
      expect(agreement.sharedSecret(secret, peer.publicKey)).toEqual(expected);
  });

  it("signs with what the bytes of a key are now (RFC 8032 §5.1.6)", () => {
    const scheme = provider.signature("ed25519");
    const data = new Uint8Array(9);
    const secret = new Uint8Array(32).fill(1);
    const other = new Uint8Array(32).fill(2);
    expect(scheme.sign(secret, data)).toEqual(nobleProvider.signature("ed25519").sign(secret, data));
    expect(scheme.sign(secret, data)).toEqual(scheme.sign(secret.slice(), data));
    secret.set(other);
    expect(scheme.sign(secret, data)).toEqual(scheme.sign(other, data));
  });

  it("does not compute an HMAC with a key that has been destroyed", () => {
    const key = provider.hmacKey("sha256", new Uint8Array(32));
    key.destroy();
    expect(() => key.compute(new Uint8Array(1))).toThrow("destroyed");
  });
});

describe("what a runtime lacks", () => {
  it("is found out by name and by trying", () => {
    expect(runsCipher("aes-128-gcm", 16, 12)).toBe(true);
    expect(runsCipher("rot13", 16, 12)).toBe(false);
    // A name that is listed and does not work.
    expect(runsCipher("aes-128-gcm", 5, 12)).toBe(false);
  });

  it("is not used when it throws or answers wrongly", () => {
    const agreement = nobleProvider.keyAgreement("x25519");
    expect(agrees(agreement)).toBe(true);
    expect(agrees({ ...agreement, sharedSecret: () => undefined })).toBe(false);
    expect(agrees({ ...agreement, sharedSecret: (secret) => secret.slice() })).toBe(false);
    expect(agrees({ ...agreement, generate: () => broken() })).toBe(false);
    const scheme = nobleProvider.signature("ed25519");
    expect(signs(scheme)).toBe(true);
    expect(signs({ ...scheme, verify: () => true })).toBe(false);
    expect(signs({ ...scheme, verify: () => false })).toBe(false);
    expect(signs({ ...scheme, sign: () => broken() })).toBe(false);
  });
});

function broken(): never {
  throw new Error("not here");
}

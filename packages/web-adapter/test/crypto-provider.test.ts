import { type GcmKey, nobleProvider } from "@netconf-kit/ssh";
import { describe, expect, it } from "vitest";
import { type WebSubtle, webCryptoProvider } from "../src/mod.ts";

// What every provider has to get right is in packages/ssh/test/algorithms/provider-conformance.test.ts, whole connections
// are in packages/ssh/test/shell/jobs.test.ts.
const subtle: WebSubtle = crypto.subtle;
const key = new Uint8Array(16).fill(3);
const [nonce, additional, plain] = [new Uint8Array(12), new Uint8Array(4), new Uint8Array(100).fill(5)];

/** The runtime's own but for some calls. */
function bent(changes: Partial<Record<keyof WebSubtle, (...what: never[]) => unknown>>): WebSubtle {
  const own = (name: keyof WebSubtle) => (subtle[name] as (...what: unknown[]) => unknown).bind(subtle);
  const names = ["importKey", "exportKey", "encrypt", "decrypt", "sign"] as const;
  return Object.fromEntries(names.map((name) => [name, changes[name] ?? own(name)])) as unknown as WebSubtle; // one for each name
}

describe("webCryptoProvider", () => {
  it("prefers AES-GCM, answers later for it, and is its fallback in everything else", () => {
    const provider = webCryptoProvider(subtle, nobleProvider);
    expect(provider.preferredCiphers).toEqual(["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]);
    expect(provider.aesGcm(key).later?.leastBytes).toBe(2048);
    expect(webCryptoProvider(subtle, nobleProvider, { leastBytes: 1 }).aesGcm(key).later?.leastBytes).toBe(1);
    for (const name of ["hash", "aesCtr", "chacha20", "poly1305", "keyAgreement", "kem", "signature"] as const)
      expect(provider[name]).toBe(nobleProvider[name]);
  });

  it("takes a fallback whose keys are objects of a class", () => {
    class Key {
      readonly #gcm = nobleProvider.aesGcm(key);
      seal(...all: Parameters<GcmKey["seal"]>): void {
        this.#gcm.seal(...all);
      }
      open(...all: Parameters<GcmKey["open"]>): boolean {
        return this.#gcm.open(...all);
      }
      destroy(): void {
        this.#gcm.destroy();
      }
    }
    const gcm = webCryptoProvider(subtle, { ...nobleProvider, aesGcm: () => new Key() }).aesGcm(key);
    const [bytes, tag] = [plain.slice(), new Uint8Array(16)];
    gcm.seal(nonce, additional, bytes, tag);
    expect(bytes).not.toEqual(plain);
    expect(gcm.openApart).toBeUndefined();
    expect(gcm.open(nonce, additional, bytes, tag)).toBe(true);
    expect(bytes).toEqual(plain);
    gcm.destroy();
  });

  it("hands the key over at once, as one that cannot be taken out: the caller may wipe theirs", async () => {
    const seen: unknown[][] = [];
    const watching = bent({
      importKey: (...what: unknown[]) => {
        seen.push(what);
        return (subtle.importKey as (...all: unknown[]) => unknown).apply(subtle, what);
      },
    });
    const own = key.slice();
    const { later } = webCryptoProvider(watching, nobleProvider).aesGcm(own);
    own.fill(0);
    const sealed = await later?.seal(nonce, additional, plain);
    const [bytes, tag] = [plain.slice(), new Uint8Array(16)];
    nobleProvider.aesGcm(key).seal(nonce, additional, bytes, tag);
    expect(sealed).toEqual(Uint8Array.of(...bytes, ...tag));
    expect(seen).toHaveLength(1);
    expect(seen[0]?.[3]).toBe(false);
  });

  it("keeps a wrong tag apart from a runtime that fails", async () => {
    const { later } = webCryptoProvider(subtle, nobleProvider).aesGcm(key);
    expect(await later?.open(nonce, additional, plain)).toBeUndefined();
    const failing = bent({ decrypt: () => Promise.reject(new TypeError("no more memory")) });
    await expect(
      webCryptoProvider(failing, nobleProvider).aesGcm(key).later?.open(nonce, additional, plain),
    ).rejects.toThrow("no more memory");
  });

  it("a key that the runtime refuses is told to whoever uses it, and to nobody else", async () => {
    const refusing = bent({ importKey: () => Promise.reject(new Error("not allowed")) });
    const { later } = webCryptoProvider(refusing, nobleProvider).aesGcm(key);
    // Nobody has asked yet: an unhandled rejection would fail this test run.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(later?.seal(nonce, additional, plain)).rejects.toThrow("not allowed");
    await expect(later?.open(nonce, additional, plain)).rejects.toThrow("not allowed");
  });
});

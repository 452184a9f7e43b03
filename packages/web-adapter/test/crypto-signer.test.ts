import { generateKeyPairSync, type webcrypto } from "node:crypto";
import {
  generateKey,
  type HostKeyAlgorithm,
  modern,
  nobleProvider,
  type PrivateKey,
  parsePrivateKey,
  type Signer,
} from "@netconf-kit/ssh";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64url, toBase64url } from "../src/crypto-base64url.ts";
import { mpint, readSshStrings, sshStrings } from "../src/crypto-wire.ts";
import {
  importSigner,
  isWebCryptoError,
  privateJwk,
  type WebSubtle,
  webCryptoErrors,
  webCryptoSigner,
} from "../src/mod.ts";

const subtle: WebSubtle = crypto.subtle;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const data = new TextEncoder().encode("session identifier and request");

function algorithm(name: string): HostKeyAlgorithm {
  const found = modern.hostKey.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** Every signature has to be right by the implementation of this project, and wrong for other data. */
async function expectRight(signer: Signer): Promise<void> {
  for (const name of signer.algorithms) {
    const signature = await signer.sign(data, name);
    expect(algorithm(name).verify(nobleProvider, signer.publicBlob, data, signature), name).toBe(true);
    expect(algorithm(name).verify(nobleProvider, signer.publicBlob, data.subarray(1), signature), name).toBe(false);
  }
}

const rsaPem = (bits: number): string =>
  generateKeyPairSync("rsa", {
    modulusLength: bits,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;

describe("importSigner", () => {
  const keys: readonly (readonly [string, () => PrivateKey])[] = [
    ["rsa, 2048 bit", () => parsePrivateKey(rsaPem(2048))],
    ["rsa, 3072 bit", () => parsePrivateKey(rsaPem(3072))],
    ["ssh-ed25519", () => generateKey("ssh-ed25519", random)],
    ["ecdsa-sha2-nistp256", () => generateKey("ecdsa-sha2-nistp256", random)],
    ["ecdsa-sha2-nistp384", () => generateKey("ecdsa-sha2-nistp384", random)],
    ["ecdsa-sha2-nistp521", () => generateKey("ecdsa-sha2-nistp521", random)],
  ];
  for (const [name, make] of keys)
    it(`signs as the key itself does, with the same public key: ${name}`, async () => {
      const key = make();
      const signer = await importSigner(subtle, privateJwk(key));
      expect(signer.publicBlob).toEqual(key.publicBlob);
      expect(signer.algorithms).toEqual(key.algorithms);
      await expectRight(signer);
    });

  it("holds RSA keys by the numbers of RFC 7518 §6.3.2: what this project signs is byte for byte the same", async () => {
    const key = parsePrivateKey(rsaPem(2048));
    const jwk = privateJwk(key);
    expect(Object.keys(jwk).sort()).toEqual(["d", "dp", "dq", "e", "kty", "n", "p", "q", "qi"]);
    const signer = await importSigner(subtle, jwk);
    expect(signer.algorithms).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
    for (const name of signer.algorithms) expect(await signer.sign(data, name)).toEqual(key.sign(data, name));
  });

  it("imports keys that cannot be taken out, for signing alone, whatever else the JSON Web Key allows", async () => {
    const seen: { extractable: unknown; usages: unknown; jwk: object }[] = [];
    const watching = {
      importKey: (...what: unknown[]) => {
        seen.push({ jwk: what[1] as object, extractable: what[3], usages: what[4] });
        return (subtle.importKey as (...all: unknown[]) => Promise<unknown>).apply(subtle, what);
      },
    } as unknown as WebSubtle; // nothing else is called
    const jwk = { ...privateJwk(generateKey("ecdsa-sha2-nistp256", random)), ext: true, key_ops: ["verify"] };
    await importSigner(watching, jwk);
    expect(seen).toMatchObject([{ extractable: false, usages: ["sign"] }]);
    expect(Object.keys(seen[0]?.jwk ?? {}).sort()).toEqual(["crv", "d", "kty", "x", "y"]);
  });

  it("refuses what is no private key that SSH can use", async () => {
    const ec = privateJwk(generateKey("ecdsa-sha2-nistp256", random));
    const rsa = privateJwk(parsePrivateKey(rsaPem(2048)));
    const short = privateJwk({ ...parsePrivateKey(rsaPem(2048)), exportSecret: () => shortRsa() });
    const cases = [
      [{ ...ec, d: undefined }, "key-format"],
      [{ ...ec, x: undefined }, "key-format"],
      [{ ...ec, y: "!!!" }, "key-format"],
      [{ ...ec, d: "AAAA" }, "key-format"],
      [{ ...ec, crv: "secp256k1" }, "key-not-supported"],
      [{ kty: "oct", d: "AAAA" }, "key-not-supported"],
      [{ ...rsa, dp: undefined }, "key-format"],
      [short, "key-not-supported"],
    ] as const;
    for (const [jwk, code] of cases) {
      const numbers = Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined));
      const error = await importSigner(subtle, numbers).catch((thrown: unknown) => thrown);
      expect(isWebCryptoError(error) && error.code, JSON.stringify(Object.keys(numbers))).toBe(code);
      expect(String(error)).not.toContain(String(rsa.d).slice(0, 12));
    }
    expect(() => privateJwk({ ...generateKey("ssh-ed25519", random), type: "ssh-dss" })).toThrow("ssh-dss");
  });

  it("says so when the runtime does not have the kind of key", async () => {
    const without = {
      importKey: () => Promise.reject(Object.assign(new Error("no Ed25519"), { name: "NotSupportedError" })),
    } as unknown as WebSubtle; // nothing else is called
    const jwk = privateJwk(generateKey("ssh-ed25519", random));
    await expect(importSigner(without, jwk)).rejects.toMatchObject({ code: "key-not-supported" });
  });

  it("refuses to sign with an algorithm that is not the key's", async () => {
    const signer = await importSigner(subtle, privateJwk(generateKey("ssh-ed25519", random)));
    await expect(signer.sign(data, "rsa-sha2-512")).rejects.toMatchObject({
      code: "local-usage",
      fault: "local",
      rfc: webCryptoErrors["local-usage"].rfc,
    });
  });
});

function shortRsa(): Uint8Array {
  const { n, e, d, p, q, qi } = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
    format: "jwk",
  });
  return sshStrings([n, e, d, qi, p, q].map((part) => mpint(fromBase64url(part, "n"))));
}

describe("webCryptoSigner", () => {
  const usages: ("sign" | "verify")[] = ["sign", "verify"];
  const rsa = (hash: string) => ({
    name: "RSASSA-PKCS1-v1_5",
    hash,
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  });
  const kinds = [
    ["rsa-sha2-256", rsa("SHA-256")],
    ["rsa-sha2-512", rsa("SHA-512")],
    ["ecdsa-sha2-nistp256", { name: "ECDSA", namedCurve: "P-256" }],
    ["ecdsa-sha2-nistp384", { name: "ECDSA", namedCurve: "P-384" }],
    ["ecdsa-sha2-nistp521", { name: "ECDSA", namedCurve: "P-521" }],
    ["ssh-ed25519", { name: "Ed25519" }],
  ] as const;
  for (const [name, parameters] of kinds)
    it(`signs with a pair whose private half cannot be taken out: ${name}`, async () => {
      const pair = (await crypto.subtle.generateKey(parameters, false, usages)) as webcrypto.CryptoKeyPair;
      const signer = await webCryptoSigner(subtle, pair);
      expect(signer.algorithms).toEqual([name]);
      await expectRight(signer);
    });

  it("refuses a pair whose public half is kept back as well", async () => {
    const named = { name: "ECDSA", namedCurve: "P-256" };
    const pair = (await crypto.subtle.generateKey(named, false, usages)) as webcrypto.CryptoKeyPair;
    const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const publicKey = await crypto.subtle.importKey("jwk", jwk, named, false, ["verify"]);
    await expect(webCryptoSigner(subtle, { ...pair, publicKey })).rejects.toMatchObject({ code: "key-format" });
  });

  it("refuses pairs that do not sign in SSH: RSA with SHA-1, RSA-PSS, the public half in the wrong place", async () => {
    const weak = (await crypto.subtle.generateKey(rsa("SHA-1"), false, usages)) as webcrypto.CryptoKeyPair;
    const pss = (await crypto.subtle.generateKey(
      { ...rsa("SHA-256"), name: "RSA-PSS" },
      false,
      usages,
    )) as webcrypto.CryptoKeyPair;
    const right = (await crypto.subtle.generateKey(rsa("SHA-256"), false, usages)) as webcrypto.CryptoKeyPair;
    for (const pair of [weak, pss, { ...right, privateKey: right.publicKey }])
      await expect(webCryptoSigner(subtle, pair)).rejects.toMatchObject({ code: "key-not-supported" });
  });
});

describe("what keys are written in", () => {
  it("base64url comes back as it was, without padding, and is what the runtime makes of it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = toBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64url"));
        expect(fromBase64url(text, "n")).toEqual(bytes);
      }),
    );
    for (const wrong of ["A", "AA=", "A+", "A/", "AA A", undefined])
      expect(() => fromBase64url(wrong, "n")).toThrow('"n"');
  });

  it("strings and mpints are those of RFC 4251 §5", () => {
    expect(mpint(Uint8Array.of(0, 0, 9, 0xa3))).toEqual(Uint8Array.of(9, 0xa3));
    expect(mpint(Uint8Array.of(0x80))).toEqual(Uint8Array.of(0, 0x80));
    expect(mpint(Uint8Array.of(0, 0))).toHaveLength(0);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 6 }), (parts) => {
        const bytes = sshStrings(parts);
        expect(readSshStrings(bytes, parts.length)).toEqual(parts);
        expect(() => readSshStrings(bytes, parts.length + 1)).toThrow("parts");
        expect(() => readSshStrings(Uint8Array.of(...bytes, 0), parts.length)).toThrow("parts");
      }),
    );
  });
});

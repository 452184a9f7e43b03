import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521 } from "../../src/algorithms/signatures/ecdsa.ts";
import { sshEd25519 } from "../../src/algorithms/signatures/ed25519.ts";
import { rsaSha256, rsaSha512 } from "../../src/algorithms/signatures/rsa.ts";
import { fingerprintSha256 } from "../../src/keys/fingerprint.ts";
import { formatPrivateKey } from "../../src/keys/format-private-key.ts";
import { parsePrivateKey } from "../../src/keys/parse-private-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { codeOf, fixtures, type KeyFixture } from "./fixtures.ts";

const data = new TextEncoder().encode("to be signed");
const allAlgorithms = [sshEd25519, ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521, rsaSha512, rsaSha256];
const supported = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

function verifies(name: string, publicBlob: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const algorithm = allAlgorithms.find((each) => each.name === name);
  return algorithm?.verify(nobleProvider, publicBlob, bytes, signature) === true;
}

/** The line of an ed25519 key from the last 32 bytes of its "PUBLIC KEY" file. */
function fromSpki(pem: string): string {
  const bytes = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64").subarray(-32);
  const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), bytes]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
}

/** RSA keys below 2048 bit, which other programs take and this package does not. */
const shortRsa = (publicKey: string | undefined): boolean => {
  const [type, base64 = ""] = publicKey?.split(" ") ?? [];
  return type === "ssh-rsa" && Buffer.from(base64, "base64").length < 256;
};

describe.runIf(corpus() !== undefined)("private keys of the corpus", () => {
  const all = fixtures("ssh-private-key");
  const readable = all.filter((one) => wantedOutcome(one) === "nothing was thrown");

  it("are read without a passphrase, or refused with the code that says why", () => {
    const outcomes = new Map<string, number>();
    const failures: string[] = [];
    for (const fixture of all) {
      const outcome = codeOf(() => parsePrivateKey(fixture.text));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const wanted = fixture.expect.passphrase === undefined ? wantedOutcome(fixture) : encryptedOutcome(fixture);
      if (outcome !== wanted) failures.push(`${fixture.file}: ${outcome}, not ${wanted}`);
    }
    expect(failures).toEqual([]);
    // 51 are not: DSA, PuTTY, RSA below 2048 bit, security keys, 3DES, ed448, ML-DSA, and one that is cut off.
    expect([all.length, readable.length]).toEqual([177, 126]);
    expect(Object.fromEntries(outcomes)).toEqual({
      "nothing was thrown": 80,
      "key-encrypted": 61,
      "key-not-supported": 35,
      "key-format": 1,
    });
  });

  for (const { file, text, expect: expected } of readable)
    it(`${file}: public half, fingerprint and signatures are right, and it survives being written`, () => {
      const key = parsePrivateKey(text, expected);
      const publicKey = expected.public_key ?? fromSpki(expected.spki_pem ?? "");
      expect(formatPublicKey({ ...key, comment: "" })).toBe(publicKey.split(" ").slice(0, 2).join(" "));
      if (expected.fingerprint !== undefined) expect(fingerprintSha256(key.publicBlob)).toBe(expected.fingerprint);
      for (const algorithm of key.algorithms) {
        const signature = key.sign(data, algorithm);
        expect(verifies(algorithm, key.publicBlob, data, signature)).toBe(true);
      }
      const again = parsePrivateKey(formatPrivateKey(key));
      expect([again.type, again.comment, again.publicBlob]).toEqual([key.type, key.comment, key.publicBlob]);
      expect(again.exportSecret()).toEqual(key.exportSecret());
    });

  it("answer a wrong passphrase with key-passphrase-wrong, in each container", () => {
    const seen = new Set<string>();
    for (const { text, expect: expected } of readable.filter((one) => one.expect.passphrase !== undefined)) {
      const kind = `${expected.format} ${expected.cipher}`;
      if (seen.has(kind)) continue;
      seen.add(kind);
      const passphrase = `${expected.passphrase}x`;
      expect([kind, codeOf(() => parsePrivateKey(text, { passphrase }))]).toEqual([kind, "key-passphrase-wrong"]);
    }
    expect(seen.size).toBeGreaterThan(12);
  });

  /** With the right passphrase. */
  function wantedOutcome({ file, expect: expected }: KeyFixture): string {
    if (/missing_footer/.test(file)) return "key-format";
    if (expected.format === "putty-ppk") return "key-not-supported";
    if (expected.cipher === "3des-cbc") return "key-not-supported";
    if (expected.encrypted === true && expected.passphrase === undefined)
      return encryptedOutcome({ file, expect: expected });
    if (shortRsa(expected.public_key)) return "key-not-supported";
    if (expected.spki_pem !== undefined) return /ed448/.test(file) ? "key-not-supported" : "nothing was thrown";
    return supported.includes(expected.key_type ?? "") ? "nothing was thrown" : "key-not-supported";
  }

  function encryptedOutcome({ expect: expected }: Pick<KeyFixture, "file" | "expect">): string {
    return expected.cipher === "3des-cbc" ? "key-not-supported" : "key-encrypted";
  }
});

describe("parsePrivateKey", () => {
  const random = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff);
  const keys = [generateKey("ssh-ed25519", random, { comment: "me@host" }), generateKey("ecdsa-sha2-nistp256", random)];

  it("reads what formatPrivateKey wrote, for any random bytes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("ssh-ed25519" as const, "ecdsa-sha2-nistp256" as const),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        fc.string({ unit: "grapheme", maxLength: 20 }),
        (type, seed, comment) => {
          const key = generateKey(type, (length) => seed.slice(0, length), { comment });
          const text = formatPrivateKey(key);
          expect(text.split("\n").every((line) => line.length <= 70)).toBe(true);
          const again = parsePrivateKey(text);
          expect([again.type, again.comment, again.publicBlob]).toEqual([type, comment, key.publicBlob]);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("refuses a file with any byte changed: key-format, key-mismatch, key-encrypted or key-not-supported", () => {
    for (const key of keys) {
      const [begin, ...rest] = formatPrivateKey(key).trimEnd().split("\n");
      const end = rest.pop();
      const bytes = Buffer.from(rest.join(""), "base64");
      const commentAt = bytes.lastIndexOf("me@host");
      for (let at = 0; at < bytes.length; at++) {
        // Another comment is another comment.
        if (commentAt >= 0 && at >= commentAt && at < commentAt + 7) continue;
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        const text = `${begin}\n${changed.toString("base64")}\n${end}\n`;
        const codes = ["key-format", "key-mismatch", "key-encrypted", "key-not-supported"];
        expect({ type: key.type, at, refused: codes.includes(codeOf(() => parsePrivateKey(text))) }).toEqual({
          type: key.type,
          at,
          refused: true,
        });
      }
    }
  });

  it("says key-format for anything that is no key file", () => {
    const pem = formatPrivateKey(keys[0]!);
    for (const text of [
      "",
      "hello",
      pem.replace("END OPENSSH", "END RSA"),
      pem.replace("-----END", "-----STOP"),
      pem.replace(/\n./, "\n!"),
      pem.replace(/\n.{4}/, "\n"),
      pem.replace(/.{8}\n-----END/, "\n-----END"),
    ])
      expect(codeOf(() => parsePrivateKey(text))).toBe("key-format");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(codeOf(() => parsePrivateKey(text))).toBe("key-format");
      }),
    );
  });

  it("tolerates carriage returns, text around the key and more padding than needed", () => {
    const pem = formatPrivateKey(keys[0]!);
    for (const text of [pem.replaceAll("\n", "\r\n"), `comment\n${pem}trailing\n`])
      expect(parsePrivateKey(text).comment).toBe("me@host");
  });
});

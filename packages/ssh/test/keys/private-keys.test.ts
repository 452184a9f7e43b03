import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { defaultServerAlgorithms, verifySignature } from "../../src/algorithms/registry.ts";
import { fingerprintSha256 } from "../../src/keys/fingerprint.ts";
import { formatPrivateKey } from "../../src/keys/openssh-private-key.ts";
import { parsePrivateKey } from "../../src/keys/parse-private-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { formatPublicKey, parsePublicKey } from "../../src/keys/public-key.ts";
import { codeOf, fixtures } from "./fixtures.ts";

const data = new TextEncoder().encode("to be signed");

/** Files that other programs take and this package does not: RSA keys of 1024 bit. */
const shortRsa = new Set(["ssh/keys/openssh-portable/rsa_n", "ssh/keys/scrapli_netconf/files/vrnetlab_key"]);

describe.runIf(corpus() !== undefined)("private keys of the corpus", () => {
  const all = fixtures("ssh-private-key");

  it("are read, or refused with the code that says why", () => {
    const outcomes = new Map<string, string[]>();
    const failures: string[] = [];
    for (const { file, text, expect: expected } of all) {
      const outcome = codeOf(() => parsePrivateKey(text));
      outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), file]);
      const wanted = wantedOutcome(file, expected);
      if (outcome !== wanted) failures.push(`${file}: ${outcome}, not ${wanted}`);
    }
    expect(failures).toEqual([]);
    expect(outcomes.get("nothing was thrown")?.length).toBeGreaterThan(35);
    expect(outcomes.get("key-encrypted")?.length).toBeGreaterThan(40);
  });

  for (const { file, text, expect: expected } of all.filter(
    (one) => wantedOutcome(one.file, one.expect) === "nothing was thrown",
  ))
    it(`${file}: public half, fingerprint and signatures are right, and it survives being written`, () => {
      const key = parsePrivateKey(text);
      expect(fingerprintSha256(key.publicBlob)).toBe(expected.fingerprint);
      expect(formatPublicKey({ ...key, comment: "" })).toBe(expected.public_key?.split(" ").slice(0, 2).join(" "));
      for (const algorithm of key.algorithms) {
        const signature = key.sign(data, algorithm);
        expect(
          verifySignature(nobleProvider, defaultServerAlgorithms.hostKey, algorithm, key.publicBlob, data, signature),
        ).toBe(true);
      }
      const again = parsePrivateKey(formatPrivateKey(key));
      expect([again.type, again.comment, again.publicBlob]).toEqual([key.type, key.comment, key.publicBlob]);
      expect(again.exportSecret()).toEqual(key.exportSecret());
    });

  function wantedOutcome(file: string, expected: (typeof all)[number]["expect"]): string {
    if (/missing_footer/.test(file)) return "key-format";
    if (expected.encrypted === true) return expected.format === "putty-ppk" ? "key-not-supported" : "key-encrypted";
    if (expected.format !== "openssh-v1") return "key-not-supported";
    if (shortRsa.has(file)) return "key-not-supported";
    const supported = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"];
    return supported.includes(expected.key_type ?? "") ? "nothing was thrown" : "key-not-supported";
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

describe("parsePublicKey", () => {
  const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

  it("reads a line and writes it again", () => {
    const key = parsePublicKey(`${line}  user @ example\n`);
    expect([key.type, key.comment, key.publicBlob.length]).toEqual(["ssh-ed25519", "user @ example", 51]);
    expect(formatPublicKey(key)).toBe(`${line} user @ example`);
    expect(formatPublicKey(parsePublicKey(line))).toBe(line);
  });

  it("refuses a declared type that is not the type of the key, and damaged keys", () => {
    for (const bad of [
      "",
      "ssh-ed25519",
      line.replace("ssh-ed25519", "ssh-rsa"),
      line.slice(0, -4),
      `${line.slice(0, -4)}====`,
      line.replace(" ", "\u00a0"),
      `${line}\n${line}`,
      `${line}AAAA`,
    ])
      expect(codeOf(() => parsePublicKey(bad))).toBe("key-format");
  });

  it("keeps a key of an unknown type as it is", () => {
    const blob = Buffer.from([0, 0, 0, 3, 0x66, 0x6f, 0x6f, 1, 2]);
    expect(parsePublicKey(`foo ${blob.toString("base64")}`).type).toBe("foo");
  });

  it("reads every public key line of the corpus, with the right fingerprint", () => {
    const lines = fixtures("ssh-public-key").filter(({ expect }) => expect.format === "openssh-line");
    expect(lines.length > 100 || corpus() === undefined).toBe(true);
    for (const { file, text, expect: expected } of lines.filter(({ expect }) => expect.ssh_keygen_ok)) {
      // Weak RSA keys too: a line is about which key it is, not about using it.
      expect([file, fingerprintSha256(parsePublicKey(text).publicBlob)]).toEqual([file, expected.fingerprint]);
    }
  });
});

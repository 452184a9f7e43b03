import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { parseAuthorizedKeys } from "../../src/keys/authorized-keys.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { codeOf, fixtures } from "./fixtures.ts";

const key = generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(1));
const other = generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(2));
const line = formatPublicKey(key);

describe("authorized_keys", () => {
  it("finds the entry of a key, and none for another key", () => {
    const keys = parseAuthorizedKeys(`# comment\n\n${line} me\n`);
    expect(keys.find(key.publicBlob)?.comment).toBe("me");
    expect(keys.find(key.publicBlob)?.line).toBe(3);
    expect(keys.find(other.publicBlob)).toBeUndefined();
  });

  it("reads options, quoted values with commas, blanks and quotes, and repeated ones", () => {
    const text = `from="10.0.0.0/8,!10.1.*",no-PTY,environment="A=b c",environment="D=\\"e\\"" \t${line} two words`;
    const [entry] = parseAuthorizedKeys(text).entries;
    expect([...entry!.options]).toEqual([
      ["from", ["10.0.0.0/8,!10.1.*"]],
      ["no-pty", []],
      ["environment", ["A=b c", 'D="e"']],
    ]);
    expect(entry?.comment).toBe("two words");
  });

  it("lets a key with a demanding option in only when the caller looks after that option", () => {
    for (const option of ['from="10.0.0.1"', 'command="/bin/true"', 'expiry-time="20200101"', "verify-required"]) {
      const keys = parseAuthorizedKeys(`${option} ${line}`);
      expect(keys.find(key.publicBlob)).toBeUndefined();
      const name = option.split("=")[0]!;
      expect(keys.find(key.publicBlob, { enforced: [name] })?.options.has(name)).toBe(true);
      expect(keys.find(key.publicBlob, { enforced: ["principals"] })).toBeUndefined();
    }
    expect(parseAuthorizedKeys(`restrict,pty,permitopen="h:1" ${line}`).find(key.publicBlob)).toBeDefined();
  });

  it("never lets the key of a certificate authority in by itself", () => {
    const keys = parseAuthorizedKeys(`cert-authority,principals="me" ${line}`);
    expect(keys.find(key.publicBlob, { enforced: ["cert-authority", "principals"] })).toBeUndefined();
    expect(keys.entries.length).toBe(1);
  });

  it("refuses an entry with an unknown or malformed option: it must not be taken for no option", () => {
    const text = [
      `unknown-thing ${line}`,
      `host="x" ${line}`,
      `pty,,no-pty ${line}`,
      `,pty ${line}`,
      `pty, ${line}`,
      `from ${line}`,
      `pty="x" ${line}`,
      `from="x ${line}`,
      `from=x ${line}`,
      `from="x"y ${line}`,
      `"pty" ${line}`,
      "pty",
      "ssh-ed25519",
      `ssh-rsa ${line.split(" ")[1]}`,
      `${line}AA`,
    ].join("\n");
    const keys = parseAuthorizedKeys(text);
    expect(keys.entries).toEqual([]);
    expect(keys.problems.map((problem) => problem.line)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  it("answers garbage with problems and never throws", () => {
    const part = fc.constantFrom("from", "=", '"', "\\", ",", " ", "\t", "\n", "pty", line, "__proto__", "\0");
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(codeOf(() => parseAuthorizedKeys(parts.join("")).find(key.publicBlob))).toBe("nothing was thrown");
      }),
    );
  });
});

describe.runIf(corpus() !== undefined)("authorized_keys files of the corpus", () => {
  /** Lines with options that sshd(8) does not know (`hosts`, `host`), refused here. */
  const refused: Record<string, number> = { "ssh/authorized_keys/mina-sshd/keys/authorized_keys": 2 };

  for (const { file, text, expect: expected } of fixtures("authorized-keys"))
    it(`${file}: ${expected.entries} entries`, () => {
      const { entries, problems } = parseAuthorizedKeys(text);
      expect([entries.length + problems.length, problems.length]).toEqual([expected.entries, refused[file] ?? 0]);
    });
});

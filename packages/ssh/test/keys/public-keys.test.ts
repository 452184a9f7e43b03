import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { corpus } from "../../../../test/support/corpus.ts";
import { fingerprintSha256 } from "../../src/keys/fingerprint.ts";
import { parsePublicKey } from "../../src/keys/parse-public-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { codeOf, fixtures } from "./fixtures.ts";
import { keyFolder } from "./tools.ts";

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

  it("reads every RFC 4716 file of the corpus, with the key that ssh-keygen sees", () => {
    const files = fixtures("ssh-public-key").filter(({ expect }) => expect.format === "rfc4716");
    expect(files.length === 8 || corpus() === undefined).toBe(true);
    for (const { file, text, expect: expected } of files) {
      const [type, base64] = expected.public_key?.split(" ") ?? [];
      expect([file, formatPublicKey({ ...parsePublicKey(text), comment: "" })]).toEqual([file, `${type} ${base64}`]);
    }
  });

  it("RFC 4716 §3.6: reads the first example, its comment joined from two lines", () => {
    const key = parsePublicKey(`---- BEGIN SSH2 PUBLIC KEY ----
Comment: "This is my public key for use on \\
servers which I don't like."
x-private: ignored
${line.split(" ")[1]}
---- END SSH2 PUBLIC KEY ----
`);
    expect(key.comment).toBe("This is my public key for use on servers which I don't like.");
    expect(formatPublicKey({ ...key, comment: "" })).toBe(line);
  });

  it("refuses damaged RFC 4716 files", () => {
    for (const body of ["", "AAAA", "!", `${line.split(" ")[1]}AAAA`, "Comment: x\\"])
      expect(
        codeOf(() => parsePublicKey(`---- BEGIN SSH2 PUBLIC KEY ----\n${body}\n---- END SSH2 PUBLIC KEY ----`)),
      ).toBe("key-format");
    expect(codeOf(() => parsePublicKey(`---- BEGIN SSH2 PUBLIC KEY ----\n${line.split(" ")[1]}`))).toBe("key-format");
  });

  it("answers garbage with key-format or key-not-supported", () => {
    const starts = fc.constantFrom("", "---- BEGIN SSH2 PUBLIC KEY ----\n", "-----BEGIN PUBLIC KEY-----\n", `${line} `);
    fc.assert(
      fc.property(starts, fc.string({ unit: "binary" }), fc.uint8Array(), (start, text, bytes) => {
        const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(bytes).toString("base64")}\n-----END PUBLIC KEY-----`;
        expect(["key-format", "key-not-supported"]).toContain(codeOf(() => parsePublicKey(pem)));
        const code = codeOf(() => parsePublicKey(start + text));
        expect([
          "key-format",
          "key-not-supported",
          ...(start.startsWith("ssh") ? ["nothing was thrown"] : []),
        ]).toContain(code);
      }),
    );
  });
});

describe.runIf(requirePeer("openssh"))("public keys that ssh-keygen exports", () => {
  it("are the same key as RFC 4716, PKCS8 and PEM", () => {
    const folder = keyFolder();
    for (const [type, bits] of [
      ["rsa", "2048"],
      ["ecdsa", "256"],
      ["ecdsa", "384"],
      ["ecdsa", "521"],
    ] as const) {
      const name = `${type}${bits}`;
      folder.run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", name, "-C", "me");
      const { publicBlob } = parsePublicKey(folder.read(`${name}.pub`));
      for (const format of ["RFC4716", "PKCS8", ...(type === "rsa" ? ["PEM"] : [])])
        expect([
          name,
          format,
          parsePublicKey(folder.run("ssh-keygen", "-e", "-m", format, "-f", `${name}.pub`)).publicBlob,
        ]).toEqual([...[name, format, publicBlob]]);
    }
    folder.remove();
  });
});

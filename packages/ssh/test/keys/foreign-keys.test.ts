import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { parsePrivateKey } from "../../src/keys/parse-private-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { codeOf } from "./fixtures.ts";
import { hasProgram, keyFolder } from "./tools.ts";

describe.runIf(hasProgram("openssl", "version"))("key files of openssl", () => {
  const folder = keyFolder();
  afterAll(() => folder.remove());
  const passphrase = "secret";
  const curves = ["prime256v1", "secp384r1", "secp521r1"];

  it("are read: SEC 1 behind an EC PARAMETERS block, PKCS #8, and both encrypted", () => {
    for (const curve of curves) {
      folder.run("openssl", "ecparam", "-name", curve, "-genkey", "-out", "sec1");
      expect(folder.read("sec1")).toContain("EC PARAMETERS");
      const { publicBlob } = parsePrivateKey(folder.read("sec1"));
      folder.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "sec1", "-out", "pkcs8");
      expect(parsePrivateKey(folder.read("pkcs8")).publicBlob).toEqual(publicBlob);
      folder.run("openssl", "ec", "-in", "sec1", "-aes256", "-passout", "pass:secret", "-out", "old");
      expect(parsePrivateKey(folder.read("old"), { passphrase }).publicBlob).toEqual(publicBlob);
      expect(codeOf(() => parsePrivateKey(folder.read("old"), { passphrase: "x" }))).toBe("key-passphrase-wrong");
      expect(codeOf(() => parsePrivateKey(folder.read("old")))).toBe("key-encrypted");
      folder.run("openssl", "ec", "-in", "sec1", "-conv_form", "compressed", "-out", "compressed");
      expect(parsePrivateKey(folder.read("compressed")).publicBlob).toEqual(publicBlob);
    }
  });

  it("are read with every PBES2 cipher and function that this package has", () => {
    folder.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", "ed25519");
    const { publicBlob } = parsePrivateKey(folder.read("ed25519"));
    for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"])
      for (const prf of ["hmacWithSHA1", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512"]) {
        const args = [
          "-topk8",
          "-in",
          "ed25519",
          "-v2",
          cipher,
          "-v2prf",
          prf,
          "-passout",
          "pass:secret",
          "-out",
          "enc",
        ];
        folder.run("openssl", "pkcs8", ...args);
        expect(parsePrivateKey(folder.read("enc"), { passphrase }).publicBlob).toEqual(publicBlob);
        expect(codeOf(() => parsePrivateKey(folder.read("enc"), { passphrase: "x" }))).toBe("key-passphrase-wrong");
      }
  });

  it("are refused as unsupported with scrypt, 3DES, another curve or another kind of key", () => {
    folder.run("openssl", "pkcs8", "-topk8", "-in", "ed25519", "-scrypt", "-passout", "pass:secret", "-out", "scrypt");
    folder.run(
      "openssl",
      "pkcs8",
      "-topk8",
      "-in",
      "ed25519",
      "-v2",
      "des3",
      "-passout",
      "pass:secret",
      "-out",
      "des3",
    );
    folder.run("openssl", "ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", "k1");
    folder.run(
      "openssl",
      "ecparam",
      "-name",
      "prime256v1",
      "-param_enc",
      "explicit",
      "-genkey",
      "-noout",
      "-out",
      "explicit",
    );
    folder.run("openssl", "genpkey", "-algorithm", "x25519", "-out", "x25519");
    for (const name of ["scrypt", "des3", "k1", "explicit", "x25519"])
      expect([name, codeOf(() => parsePrivateKey(folder.read(name), { passphrase }))]).toEqual([
        name,
        "key-not-supported",
      ]);
  });

  it("are read for RSA, in both forms; a key of 1024 bit is refused", () => {
    folder.run("openssl", "genrsa", "-traditional", "-out", "pkcs1", "2048");
    expect(folder.read("pkcs1")).toContain("BEGIN RSA PRIVATE KEY");
    folder.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "pkcs1", "-out", "rsa8");
    expect(parsePrivateKey(folder.read("rsa8")).publicBlob).toEqual(parsePrivateKey(folder.read("pkcs1")).publicBlob);
    folder.run("openssl", "genrsa", "-out", "short", "1024");
    expect(codeOf(() => parsePrivateKey(folder.read("short")))).toBe("key-not-supported");
  });

  it("are refused as malformed or mismatched with any byte changed", () => {
    for (const name of ["ed25519", "pkcs8", "sec1", "rsa8"]) {
      const pem = folder.read(name).replace(/-----BEGIN EC PARAMETERS-----[\s\S]*?-----END EC PARAMETERS-----\n/, "");
      const label = /BEGIN ([A-Z0-9 ]+)-/.exec(pem)![1]!;
      const bytes = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64");
      const original = parsePrivateKey(pem);
      const step = name === "rsa8" ? 29 : 1;
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        const text = `-----BEGIN ${label}-----\n${changed.toString("base64")}\n-----END ${label}-----\n`;
        // An ed25519 file of openssl has no public half: another seed is another key.
        if (name === "ed25519" && at >= 16) expect(parsePrivateKey(text).publicBlob).not.toEqual(original.publicBlob);
        // The exponents that follow from the other numbers are not used.
        else if (codeOf(() => parsePrivateKey(text)) === "nothing was thrown")
          expect([name, parsePrivateKey(text).exportSecret()]).toEqual([name, original.exportSecret()]);
        else expect(["key-format", "key-mismatch", "key-not-supported"]).toContain(codeOf(() => parsePrivateKey(text)));
      }
    }
  });
});

describe.runIf(requirePeer("putty"))("key files of puttygen", () => {
  it("are read in its OpenSSH formats", () => {
    const folder = keyFolder();
    folder.write("pass", "secret\n");
    folder.write("none", "");
    folder.run("puttygen", "-q", "-t", "ed25519", "-C", "from putty", "--new-passphrase", "none", "-o", "key.ppk");
    folder.run("puttygen", "key.ppk", "-O", "private-openssh-new", "-o", "new");
    folder.run("puttygen", "key.ppk", "-O", "private-openssh-new", "--new-passphrase", "pass", "-o", "encrypted");
    folder.run("puttygen", "key.ppk", "-O", "public-openssh", "-o", "public");
    const publicKey = folder.read("public").trim();
    expect(formatPublicKey(parsePrivateKey(folder.read("new")))).toBe(publicKey);
    expect(formatPublicKey(parsePrivateKey(folder.read("encrypted"), { passphrase: "secret" }))).toBe(publicKey);
    folder.remove();
  });
});

describe("PKCS #8", () => {
  // RFC 8410 §10.3, the second example: version 1, an attribute and the public key.
  const body = [
    "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
    "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB",
    "Z9w7lshQhqowtrbLDFw4rXAxZuE=",
  ].join("");
  const pem = (base64: string, label = "PRIVATE KEY") =>
    `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;

  it("RFC 8410 §10.3: the example with the public key in it is read, and refused when that is of another key", () => {
    expect(formatPublicKey(parsePrivateKey(pem(body)))).toBe(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh",
    );
    const changed = Buffer.from(body, "base64");
    changed[changed.length - 1]! ^= 1;
    expect(codeOf(() => parsePrivateKey(pem(changed.toString("base64"))))).toBe("key-mismatch");
  });

  it("and the other containers answer garbage with a key error", () => {
    const labels = fc.constantFrom(
      ...["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"],
    );
    const codes = ["key-format", "key-mismatch", "key-not-supported", "key-encrypted", "key-passphrase-wrong"];
    // Pieces of DER, so that some of it goes deeper than the first byte.
    const piece = fc.constantFrom(
      "3003",
      "020100",
      "0500",
      "06032b6570",
      "0400",
      "a000",
      "8100",
      "3080",
      "30840000",
      "02",
      "ff",
    );
    fc.assert(
      fc.property(labels, fc.array(piece), fc.boolean(), (label, pieces, old) => {
        const inner = Buffer.from(pieces.join(""), "hex");
        const bytes = Buffer.concat([Buffer.from([0x30, inner.length & 0x7f]), inner]);
        const headers = old ? "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n" : "";
        const text = pem(`${headers}${bytes.toString("base64")}`, label);
        expect(codes).toContain(codeOf(() => parsePrivateKey(text, { passphrase: "x" })));
      }),
    );
    for (const dekInfo of ["AES-128-CBC", "AES-128-CBC,00", "constructor,00112233445566778899AABBCCDDEEFF", ",", ""])
      expect(codes).toContain(
        codeOf(() => parsePrivateKey(pem(`DEK-Info: ${dekInfo}\n\n${body}`), { passphrase: "x" })),
      );
  });
});

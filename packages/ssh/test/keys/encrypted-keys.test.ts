import { systemClock } from "@netconf-kit/socket";
import { afterAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { bcryptPbkdf } from "../../src/keys/bcrypt-pbkdf.ts";
import { initialTable } from "../../src/keys/blowfish.ts";
import { formatPrivateKey } from "../../src/keys/format-private-key.ts";
import { type KeyProgress, runKeySteps } from "../../src/keys/key-steps.ts";
import { parsePrivateKey } from "../../src/keys/parse-private-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { formatPrivateKeyAsync, parsePrivateKeyAsync } from "../../src/keys/shell/private-key-async.ts";
import { codeOf } from "./fixtures.ts";
import { keyFolder } from "./tools.ts";

const random = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + 5) & 0xff);
const key = generateKey("ssh-ed25519", random, { comment: "me@host" });
const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("Blowfish", () => {
  it("starts from the digits of pi", () => {
    const table = initialTable();
    expect(table.length).toBe(1042);
    const word = (i: number) => (table[i]! >>> 0).toString(16).padStart(8, "0");
    expect([word(0), word(1), word(17), word(18), word(1041)]).toEqual([
      ...["243f6a88", "85a308d3", "8979fb1b", "d1310ba6", "3ac372e6"],
    ]);
  });
});

describe("bcrypt_pbkdf", () => {
  const derive = (passphrase: string, salt: string, rounds: number, length: number) =>
    hex(runKeySteps(bcryptPbkdf(nobleProvider, { passphrase: utf8(passphrase), salt: utf8(salt), rounds, length })));

  it("gives the key that other implementations give", () => {
    // Known answers that several implementations share.
    expect(derive("password", "salt", 12, 32)).toBe("1ae42c05d487bc02f64921a4ebe4ea93bcacfe135fda99974c06b7b01fae149a");
    expect(derive("password", "salt", 4, 32)).toBe("5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9");
  });

  it("interleaves its blocks: a longer key does not start with the shorter one", () => {
    const [short, long] = [derive("a", "b", 1, 32), derive("a", "b", 1, 48)];
    expect(long.startsWith(short)).toBe(false);
    // Every other byte of the long key is of the first block.
    expect(
      long
        .match(/..../g)
        ?.map((pair) => pair.slice(0, 2))
        .join(""),
    ).toBe(short.slice(0, 48));
  });
});

describe("encrypted private keys", () => {
  for (const cipher of ["aes256-ctr", "aes256-gcm@openssh.com"] as const)
    it(`are written with ${cipher} and read again`, () => {
      const text = formatPrivateKey(key, { passphrase: "pässword", rounds: 1, random, cipher });
      expect(parsePrivateKey(text, { passphrase: "pässword" })).toMatchObject({ comment: "me@host" });
      expect(parsePrivateKey(text, { passphrase: utf8("pässword") }).publicBlob).toEqual(key.publicBlob);
      expect(codeOf(() => parsePrivateKey(text, { passphrase: "password" }))).toBe("key-passphrase-wrong");
      expect(codeOf(() => parsePrivateKey(text))).toBe("key-encrypted");
      expect(codeOf(() => parsePrivateKey(text, { passphrase: "" }))).toBe("key-encrypted");
    });

  it("are not read, and not even tried, with 2049 rounds", () => {
    const text = formatPrivateKey(key, { passphrase: "x", rounds: 1, random });
    const bytes = Buffer.from(text.replace(/-----.*-----/g, ""), "base64");
    const rounds = bytes.indexOf("bcrypt") + 6 + 4 + 4 + 16;
    expect(bytes.readUInt32BE(rounds)).toBe(1);
    for (const [value, code] of [
      [2049, "key-not-supported"],
      [0xffffffff, "key-not-supported"],
      [0, "key-format"],
    ] as const) {
      bytes.writeUInt32BE(value, rounds);
      const changed = `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
      expect(codeOf(() => parsePrivateKey(changed, { passphrase: "x" }))).toBe(code);
    }
  });

  it("refuse any changed byte with a key error, with and without authentication", () => {
    for (const cipher of ["aes256-ctr", "aes256-gcm@openssh.com"] as const) {
      const text = formatPrivateKey(key, { passphrase: "x", rounds: 1, random, cipher });
      const bytes = Buffer.from(text.replace(/-----.*-----/g, ""), "base64");
      const start = bytes.indexOf(key.publicBlob) + key.publicBlob.length + 4;
      const codes = ["key-format", "key-mismatch", "key-passphrase-wrong", "key-not-supported"];
      // The comment of a file without authentication may change unnoticed.
      const comment = start + 8 + 15 + 36 + 68 + 4;
      for (let at = start; at < bytes.length; at += 3) {
        if (cipher === "aes256-ctr" && at >= comment && at < comment + 7) continue;
        const changed = Buffer.from(bytes);
        changed[at]! ^= 0x40;
        const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${changed.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
        const code = codeOf(() => parsePrivateKey(pem, { passphrase: "x" }));
        expect([at, codes.includes(code)]).toEqual([at, true]);
      }
    }
  });

  it("are written only with random bytes and 1 to 2048 rounds", () => {
    expect(codeOf(() => formatPrivateKey(key, { passphrase: "x" }))).toBe("local-usage");
    for (const rounds of [0, 2049, 1.5, Number.NaN])
      expect(codeOf(() => formatPrivateKey(key, { passphrase: "x", rounds, random }))).toBe("local-usage");
    expect(formatPrivateKey(key, { passphrase: "" })).toBe(formatPrivateKey(key));
  });
});

describe("parsePrivateKeyAsync", () => {
  it("pauses after each round and tells how far it is", async () => {
    const progress: KeyProgress[] = [];
    let pauses = 0;
    const clock = {
      ...systemClock,
      schedule: (at: number, callback: () => void) => {
        pauses++;
        return systemClock.schedule(at, callback);
      },
    };
    const text = await formatPrivateKeyAsync(key, { passphrase: "x", rounds: 3, random, clock });
    expect(pauses).toBe(6);
    const again = await parsePrivateKeyAsync(text, {
      passphrase: "x",
      clock,
      onProgress: (step) => progress.push(step),
    });
    expect(again.exportSecret()).toEqual(key.exportSecret());
    expect(progress.map(({ done, total }) => `${done}/${total}`)).toEqual(["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]);
  });

  it("stops when aborted, with the reason of the signal", async () => {
    const text = formatPrivateKey(key, { passphrase: "x", rounds: 2, random });
    const controller = new AbortController();
    const reading = parsePrivateKeyAsync(text, {
      passphrase: "x",
      signal: controller.signal,
      onProgress: () => controller.abort("enough"),
    });
    await expect(reading).rejects.toBe("enough");
    await expect(parsePrivateKeyAsync(text, { passphrase: "x", signal: controller.signal })).rejects.toBe("enough");
  });

  it("rejects with the errors of parsePrivateKey, and reads plain files at once", async () => {
    await expect(parsePrivateKeyAsync("hello")).rejects.toMatchObject({ code: "key-format" });
    expect((await parsePrivateKeyAsync(formatPrivateKey(key))).comment).toBe("me@host");
  });
});

describe.runIf(requirePeer("openssh"))("ssh-keygen", () => {
  const folder = keyFolder();
  afterAll(() => folder.remove());

  for (const cipher of ["aes256-ctr", "aes256-gcm@openssh.com"] as const)
    it(`reads what formatPrivateKey writes with ${cipher}`, () => {
      folder.write("ours", formatPrivateKey(key, { passphrase: "pass word", rounds: 2, random, cipher }));
      expect(folder.run("ssh-keygen", "-y", "-P", "pass word", "-f", "ours").trim()).toBe(formatPublicKey(key));
      expect(folder.try("ssh-keygen", "-y", "-P", "wrong", "-f", "ours").ok).toBe(false);
    });

  for (const cipher of [
    "aes256-ctr",
    "aes192-ctr",
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-cbc",
  ])
    it(`writes ${cipher} files that parsePrivateKey reads`, () => {
      const name = `theirs-${cipher}`;
      folder.run(
        "ssh-keygen",
        "-q",
        "-t",
        "ecdsa",
        "-b",
        "521",
        "-N",
        "secret",
        "-a",
        "2",
        "-Z",
        cipher,
        "-f",
        name,
        "-C",
        "c d",
      );
      const read = parsePrivateKey(folder.read(name), { passphrase: "secret" });
      expect(formatPublicKey(read)).toBe(folder.read(`${name}.pub`).trim());
    });
});

import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { modern } from "../../src/algorithms/presets.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { parseCertificate } from "../../src/keys/certificate.ts";
import { parsePublicKey } from "../../src/keys/parse-public-key.ts";
import { rsaPrivateKey } from "../../src/keys/rsa-private-key.ts";
import { oneOfKeys, verifyCertificate } from "../../src/keys/verify-certificate.ts";
import { SshReader } from "../../src/wire/reader.ts";
import { keyFolder } from "../keys/tools.ts";
import { errorOf, MachinePair, userKey } from "../session/machine-pair.ts";
import { fromHex, toHex } from "../wire/hex.ts";

const quick = {
  ...modern,
  keyExchange: modern.keyExchange.filter(({ name }) => name === "curve25519-sha256"),
  hostKey: modern.hostKey.filter(({ name }) => name === "ssh-ed25519"),
};

describe("CVE-2023-2283, CVE-2025-5987 and CVE-2026-59847 libssh, an answer of the cryptography that is no yes", () => {
  const answers: readonly (readonly [string, () => never])[] = [
    ["undefined", () => undefined as never],
    ["null", () => null as never],
    ["1", () => 1 as never],
    ["-1", () => -1 as never],
    [
      "an exception",
      () => {
        throw new Error("out of memory");
      },
    ],
  ];
  for (const [name, answer] of answers)
    it(`${name} for a signature or a tag lets nobody in and nothing through`, () => {
      const lying: CryptoProvider = {
        ...nobleProvider,
        signature: (scheme) => ({ ...nobleProvider.signature(scheme), verify: answer }),
      };
      const withKey = {
        methods: [{ method: "publickey", key: userKey }],
        decide: ({ method }: { method: string }) => ({ accept: method === "publickey" }),
      } as const;
      const host = new MachinePair({ client: { provider: lying, algorithms: quick }, server: { algorithms: quick } });
      expect(errorOf(() => host.run())).toMatchObject({ code: "host-key-signature-invalid" });
      // The same from an algorithm of the caller's own making.
      const hostKey = quick.hostKey.map((algorithm) => ({ ...algorithm, verify: answer }));
      const own = new MachinePair({
        client: { algorithms: { ...quick, hostKey } },
        server: { algorithms: quick },
      });
      expect(errorOf(() => own.run())).toMatchObject({ code: "host-key-signature-invalid" });
      const user = new MachinePair({
        client: { algorithms: quick },
        server: { provider: lying, algorithms: quick },
        ...withKey,
      });
      expect(errorOf(() => user.run())).toMatchObject({ code: "authentication-failed" });
      for (const cipher of modern.cipher) {
        const broken: CryptoProvider = {
          ...nobleProvider,
          aesGcm: (key) => ({ ...nobleProvider.aesGcm(key), open: answer, openApart: answer }),
          poly1305: answer,
          hmacKey: (hash, key) => ({ ...nobleProvider.hmacKey(hash, key), compute: answer }),
        };
        const algorithms = { ...quick, cipher: [cipher] };
        const pair = new MachinePair({ client: { provider: broken, algorithms }, server: { algorithms } });
        expect(errorOf(() => pair.run())).toBeInstanceOf(Error);
        expect(pair.clientEvent("ready"), cipher.name).toBe(undefined);
        expect(pair.client.failure).toBeDefined();
      }
    });
});

describe("CVE-2024-31497 PuTTY, nonces of P-521 that give the key away", () => {
  const p521 = nobleProvider.signature("nistp521");
  // RFC 6979 §A.2.7, with SHA-512.
  const secretKey = fromHex(`
    00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC
    0C08B0E996B83538`);
  const order = BigInt(
    "0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
  );

  it('the signatures are those of RFC 6979 §A.2.7 for "sample" and "test"', () => {
    const expected = {
      sample: [
        "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA",
        "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A",
      ],
      test: [
        "013E99020ABF5CEE7525D16B69B229652AB6BDF2AFFCAEF38773B4B7D08725F10CDB93482FDCC54EDCEE91ECA4166B2A7C6265EF0CE2BD7051B7CEF945BABD47EE6D",
        "01FBD0013C674AA79CB39849527916CE301C66EA7CE8B80682786AD60F98F7E78A19CA69EFF5C57400E3B3A0AD66CE0978214D13BAF4E9AC60752F7B155E2DE4DCE3",
      ],
    };
    for (const [text, [r, s]] of Object.entries(expected)) {
      const signature = toHex(p521.sign(secretKey, new TextEncoder().encode(text))).toUpperCase();
      expect(signature).toBe(`${r}${s}`);
    }
  });

  it("the nine top bits of the nonce are as random as the others", () => {
    const secret = number(secretKey);
    let ones = 0;
    const rounds = 64;
    for (let i = 0; i < rounds; i++) {
      const data = Uint8Array.of(i);
      const signature = p521.sign(secretKey, data);
      const [r, s] = [number(signature.subarray(0, 66)), number(signature.subarray(66))];
      // k = (h + r d) / s: whoever knows the key can see the nonce. A low s may stand for n - k.
      const hash = number(nobleProvider.hash("sha512", data));
      const nonce = (((hash + r * secret) % order) * inverse(s, order)) % order;
      for (let bit = 512n; bit < 520n; bit++) ones += Number((nonce >> bit) & 1n);
    }
    // 512 fair coins: PuTTY's nonces had 0 here. Five standard deviations.
    expect(ones).toBeGreaterThan(256 - 57);
    expect(ones).toBeLessThan(256 + 57);
  });
});

describe("passive SSH key compromise 2023, a faulty RSA signature", () => {
  it("is found out before it leaves, and the right one is taken by a second implementation", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = privateKey.export({ format: "jwk" });
    const bytes = (text: string | undefined) => Uint8Array.from(Buffer.from(text!, "base64url"));
    const numbers = {
      modulus: bytes(jwk.n),
      publicExponent: bytes(jwk.e),
      privateExponent: bytes(jwk.d),
      coefficient: bytes(jwk.qi),
      prime1: bytes(jwk.p),
      prime2: bytes(jwk.q),
    };
    const data = Uint8Array.of(1, 2, 3);
    const right = rsaPrivateKey(numbers).sign(data, "rsa-sha2-256") as Uint8Array;
    const reader = new SshReader(right);
    expect(reader.text()).toBe("rsa-sha2-256");
    expect(verify("sha256", data, createPublicKey(privateKey), reader.string())).toBe(true);
    let calls = 0;
    const faulty: CryptoProvider = {
      ...nobleProvider,
      // One of the two hashes, the one that signs and the one that checks, comes out wrong.
      hash: (name, input) => nobleProvider.hash(name, calls++ % 2 === 0 ? input : Uint8Array.of(...input, 0)),
    };
    expect(errorOf(() => rsaPrivateKey(numbers, { provider: faulty }).sign(data, "rsa-sha2-256"))).toMatchObject({
      code: "key-mismatch",
    });
  });
});

const hasKeygen = requirePeer("openssh");

describe.runIf(hasKeygen)("Go 46595 and 56854, OpenSSH 35414 and 35387, certificates made by ssh-keygen", () => {
  const folder = keyFolder();
  afterAll(() => folder.remove());
  beforeAll(() => {
    for (const name of ["ca", "user"]) folder.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name);
    folder.run("ssh-keygen", "-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f", "p384");
  });
  const verdict = (principals: string | undefined, options: readonly string[], checks: object = {}): string => {
    const names = principals === undefined ? [] : ["-n", principals];
    const more = options.flatMap((option) => ["-O", option]);
    folder.run("ssh-keygen", "-q", "-s", "ca", "-I", "id", "-V", "always:forever", ...names, ...more, "user.pub");
    const shown = parseCertificate(parsePublicKey(folder.read("user-cert.pub")).publicBlob);
    const isAuthority = oneOfKeys([parsePublicKey(folder.read("ca.pub"))]);
    const result = verifyCertificate(shown, {
      kind: "user",
      principal: "admin",
      now: 1_800_000_000,
      isAuthority,
      ...checks,
    });
    return result.valid ? "valid" : result.code;
  };

  it("principals are compared whole, and none at all are valid for nobody", () => {
    expect(verdict("admin", [])).toBe("valid");
    expect(verdict("root,admin", [])).toBe("valid");
    for (const principals of ["root", "adm", "administrator", "Admin", "admi*", undefined])
      expect(verdict(principals, []), `${principals}`).not.toBe("valid");
    // OpenSSH split a name at its comma: no account is called so here.
    expect(verdict("root,admin", [], { principal: "root,admin" })).not.toBe("valid");
  });

  it("every critical option is a refusal unless the caller enforces it", () => {
    for (const option of [
      "force-command=/bin/date",
      "source-address=10.0.0.0/8",
      "verify-required",
      "critical:new@x=1",
    ])
      expect(verdict("admin", [option]), option).not.toBe("valid");
    expect(verdict("admin", ["extension:new@x=1"])).toBe("valid");
  });

  it("an authority of a curve or an algorithm that is not on the list signs nothing", () => {
    folder.run("ssh-keygen", "-q", "-s", "p384", "-I", "id", "-V", "always:forever", "-n", "admin", "user.pub");
    const shown = parseCertificate(parsePublicKey(folder.read("user-cert.pub")).publicBlob);
    const checks = { kind: "user", principal: "admin", now: 1_800_000_000 } as const;
    const isAuthority = oneOfKeys([parsePublicKey(folder.read("p384.pub"))]);
    expect(verifyCertificate(shown, { ...checks, isAuthority })).toMatchObject({ valid: true });
    const only256 = modern.hostKey.filter(({ name }) => name === "ecdsa-sha2-nistp256");
    expect(verifyCertificate(shown, { ...checks, isAuthority, signatureAlgorithms: only256 }).valid).toBe(false);
  });
});

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

/** Fermat: the order is a prime. */
function inverse(value: bigint, prime: bigint): bigint {
  let result = 1n;
  let base = value % prime;
  for (let exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

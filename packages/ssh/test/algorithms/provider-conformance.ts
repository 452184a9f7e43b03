import type { CryptoProvider, HashName, KeyAgreementName, SignatureName } from "../../src/algorithms/provider.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import type { WycheproofGroup, WycheproofTest } from "./wycheproof-group.ts";

/** One thing that every provider has to get right. */
export interface ConformanceCase {
  readonly name: string;
  /** A file of vectors that is not there must not pass for one that is right. */
  readonly atLeast: number;
  /** Checks every vector and says which ones go wrong. */
  readonly run: (provider: CryptoProvider) => Checked;
}

export interface Checked {
  readonly checked: number;
  readonly failures: readonly string[];
}

/** The same with the vectors of a file of Wycheproof, which whoever runs it has read. */
export interface WycheproofCase {
  readonly name: string;
  readonly file: string;
  readonly atLeast: number;
  readonly run: (provider: CryptoProvider, groups: readonly WycheproofGroup[]) => Checked | Promise<Checked>;
}

const BLOCK_0 = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7";
const BLOCK_1 = "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed";
const RFC_8032_SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const NONE: Uint8Array = new Uint8Array(0);
const hashes = ["sha1", "sha256", "sha384", "sha512"] as const satisfies readonly HashName[];
const curves = [
  ["nistp256", "secp256r1", 32, "sha256"],
  ["nistp384", "secp384r1", 48, "sha384"],
  ["nistp521", "secp521r1", 66, "sha512"],
] as const satisfies readonly (readonly [KeyAgreementName & SignatureName, string, number, HashName])[];

const utf8 = new TextEncoder();
const text = (value: string): Uint8Array => utf8.encode(value);

/** The primitives against the vectors of the RFCs: no corpus is needed. */
export const rfcCases: readonly ConformanceCase[] = [
  known("hashes of RFC 6234 §8.5", [
    [(p) => p.hash("sha1", text("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d"],
    [(p) => p.hash("sha256", text("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      (p) => p.createHash("sha384").update(text("a")).update(text("bc")).digest(),
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ],
    [
      (p) => p.createHash("sha512").update(text("abc")).digest(),
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
  ]),
  known("HMAC of RFC 4231 §4.3, in two parts", [
    [
      (p) => p.hmacKey("sha256", text("Jefe")).compute(text("what do ya want "), text("for nothing?")),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [(p) => Uint8Array.of(...hashes.map((name) => p.hmacKey(name, text("Jefe")).tagLength)), "14203040"],
  ]),
  known("AES-CTR of RFC 3686 §6, the second in two calls", [
    [
      (p) => {
        const bytes = text("Single block msg");
        p.aesCtr(fromHex("ae6852f8121067cc4bf7a5765577f39e"), counter("000000300000000000000000")).process(bytes);
        return bytes;
      },
      "e4095d4fb7a7b3792d6175a3261311b8",
    ],
    [
      (p) => {
        const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
        const stream = p.aesCtr(fromHex("7e24067817fae0d743d6ce1f32539163"), counter("006cb6dbc0543b59da48d90b"));
        stream.process(bytes.subarray(0, 16));
        stream.process(bytes.subarray(16));
        return bytes;
      },
      "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28",
    ],
  ]),
  known("ChaCha20 with a 64-bit nonce: key and nonce of zeros, blocks 0 and 1 in any order", [
    [(p) => chacha(p, [0]), BLOCK_0],
    [(p) => chacha(p, [1]), BLOCK_1],
    [(p) => chacha(p, [0, 1]), BLOCK_1],
    [(p) => chacha(p, [1, 1]), BLOCK_1],
    [(p) => chacha(p, [0, 1, 0]), BLOCK_0],
  ]),
  known("Poly1305 of RFC 8439 §2.5.2 and appendix A.3, vectors 7 to 11", [
    [
      (p) =>
        p.poly1305(
          fromHex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),
          text("Cryptographic Forum Research Group"),
        ),
      "a8061dc1305136c6c22b8baf0c0127a9",
    ],
    [(p) => poly1305(p, "02", "00", "ff".repeat(16)), `03${"00".repeat(15)}`],
    [(p) => poly1305(p, "02", "ff", `02${"00".repeat(15)}`), `03${"00".repeat(15)}`],
    [
      (p) => poly1305(p, "01", "00", `${"ff".repeat(16)}f0${"ff".repeat(15)}11${"00".repeat(15)}`),
      `05${"00".repeat(15)}`,
    ],
    [(p) => poly1305(p, "01", "00", `${"ff".repeat(16)}fb${"fe".repeat(15)}${"01".repeat(16)}`), "00".repeat(16)],
    [(p) => poly1305(p, "02", "00", `fd${"ff".repeat(15)}`), `fa${"ff".repeat(15)}`],
  ]),
  known("Ed25519 of RFC 8032 §7.1", [
    [
      (p) => p.signature("ed25519").publicKey(fromHex(RFC_8032_SEED)) ?? NONE,
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    ],
    [
      (p) => p.signature("ed25519").sign(fromHex(RFC_8032_SEED), NONE),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
  ]),
];

/** The primitives against Wycheproof. */
export const wycheproofCases: readonly WycheproofCase[] = [
  vectors("x25519_test", 300, (provider, test) => {
    const shared = provider.keyAgreement("x25519").sharedSecret(fromHex(test.private), fromHex(test.public));
    // RFC 8731 §3: an all-zero secret is refused; everything else that is only "acceptable" is computed.
    return isSecret(shared, test.flags.includes("ZeroSharedSecret") ? undefined : test.shared);
  }),
  ...curves.map(([name, file, length]) =>
    vectors(`ecdh_${file}_ecpoint_test`, 100, (provider, test) => {
      // Private keys are numbers here, with leading zeros or without.
      const secret = fromHex(test.private.padStart(2 * length, "0").slice(-2 * length));
      const shared = provider.keyAgreement(name).sharedSecret(secret, fromHex(test.public));
      // SSH takes uncompressed points only; the vectors count compressed ones as right.
      const compressed = test.flags.includes("CompressedPoint") || /^0[23]/.test(test.public);
      return isSecret(shared, test.result === "valid" && !compressed ? test.shared : undefined);
    }),
  ),
  ...curves.map(([name, file, , hash]) =>
    vectors(`ecdsa_${file}_${hash}_p1363_test`, 100, (provider, test, { publicKey }) =>
      verifies(provider, name, publicKey.uncompressed, test),
    ),
  ),
  vectors("ed25519_test", 100, (provider, test, { publicKey }) => verifies(provider, "ed25519", publicKey.pk, test)),
  vectors("aes_gcm_test", 60, (provider, test, { ivSize, tagSize, keySize }) =>
    // RFC 5647 has 96-bit nonces, 128-bit tags and keys of 128 or 256 bit.
    ivSize === 96 && tagSize === 128 && keySize !== 192 ? gcmIsRight(provider, test) : undefined,
  ),
  ...hashes.map((hash) =>
    vectors(`hmac_${hash}_test`, 100, (provider, test, { tagSize }) => {
      const key = provider.hmacKey(hash, fromHex(test.key));
      const message = fromHex(test.msg);
      const half = message.length >> 1;
      const whole = toHex(key.compute(message)).slice(0, tagSize / 4);
      const halves = toHex(key.compute(message.subarray(0, half), message.subarray(half))).slice(0, tagSize / 4);
      return whole === halves && (whole === test.tag) === (test.result === "valid");
    }),
  ),
];

/** AES-GCM that is answered later, for providers that have it. The arguments stay as they are. */
export const laterGcmCase: WycheproofCase = {
  name: "Wycheproof aes_gcm_test, answered later",
  file: "aes_gcm_test",
  atLeast: 60,
  run: async (provider, groups) => {
    const failures: string[] = [];
    let checked = 0;
    for (const { ivSize, tagSize, keySize, tests } of groups)
      for (const test of tests) {
        if (ivSize !== 96 || tagSize !== 128 || keySize === 192) continue;
        checked++;
        if (!(await laterGcmIsRight(provider, test))) failures.push(`${test.tcId} ${test.comment} (${test.result})`);
      }
    return { checked, failures };
  },
};

async function laterGcmIsRight(provider: CryptoProvider, test: WycheproofTest): Promise<boolean> {
  const { later } = provider.aesGcm(fromHex(test.key));
  if (later === undefined) return false;
  const [nonce, additional, sealed] = [fromHex(test.iv), fromHex(test.aad), fromHex(test.ct + test.tag)];
  const opened = await later.open(nonce, additional, sealed);
  const valid = test.result === "valid";
  if (!isSecret(opened, valid ? test.msg : undefined)) return false;
  const made = await later.seal(nonce, additional, fromHex(test.msg));
  const untouched = toHex(sealed) === test.ct + test.tag && toHex(nonce) === test.iv && toHex(additional) === test.aad;
  return untouched && (toHex(made) === test.ct + test.tag) === valid;
}

function verifies(provider: CryptoProvider, name: SignatureName, publicKey: string, test: WycheproofTest): boolean {
  const answer = provider.signature(name).verify(fromHex(publicKey), fromHex(test.msg), fromHex(test.sig));
  return answer === (test.result === "valid");
}

function isSecret(shared: Uint8Array | undefined, expected: string | undefined): boolean {
  return expected === undefined ? shared === undefined : shared !== undefined && toHex(shared) === expected;
}

/** Opening in place and apart, then sealing. A wrong tag gives nothing and changes nothing. */
function gcmIsRight(provider: CryptoProvider, test: WycheproofTest): boolean {
  const key = provider.aesGcm(fromHex(test.key));
  const [nonce, additional, tag] = [fromHex(test.iv), fromHex(test.aad), fromHex(test.tag)];
  const valid = test.result === "valid";
  const apart = fromHex(test.ct);
  if (key.openApart !== undefined) {
    const plain = key.openApart(nonce, additional, apart, tag);
    if (!isSecret(plain, valid ? test.msg : undefined) || toHex(apart) !== test.ct) return false;
  }
  const bytes = fromHex(test.ct);
  if (key.open(nonce, additional, bytes, tag) !== valid || toHex(bytes) !== (valid ? test.msg : test.ct)) return false;
  if (!valid) return true;
  const made = new Uint8Array(16);
  key.seal(nonce, additional, bytes, made);
  return toHex(bytes) === test.ct && toHex(made) === test.tag;
}

/** A case of single values in hex. */
function known(
  name: string,
  values: readonly (readonly [compute: (provider: CryptoProvider) => Uint8Array, expected: string])[],
): ConformanceCase {
  return {
    name,
    atLeast: values.length,
    run: (provider) => ({
      checked: values.length,
      failures: values.flatMap(([compute, expected], i) => {
        const result = compute(provider);
        // A `Buffer` would be a Uint8Array with another `slice`.
        const plain = Object.getPrototypeOf(result) === Uint8Array.prototype;
        return plain && toHex(result) === expected ? [] : [`value ${i + 1}: ${toHex(result)} is not ${expected}`];
      }),
    }),
  };
}

/** A case of one Wycheproof file. `check` answers `undefined` for a vector that is not for SSH. */
function vectors(
  file: string,
  atLeast: number,
  check: (provider: CryptoProvider, test: WycheproofTest, group: WycheproofGroup) => boolean | undefined,
): WycheproofCase {
  return {
    name: `Wycheproof ${file}`,
    file,
    atLeast,
    run: (provider, groups) => {
      const failures: string[] = [];
      let checked = 0;
      for (const group of groups)
        for (const test of group.tests) {
          const right = check(provider, test, group);
          if (right !== undefined) checked++;
          if (right === false) failures.push(`${test.tcId} ${test.comment} ${test.flags} (${test.result})`);
        }
      return { checked, failures };
    },
  };
}

function counter(nonceAndIv: string): Uint8Array {
  return fromHex(`${nonceAndIv}00000001`);
}

/** The key stream of the last of `blocks`, after the others have been asked for. */
function chacha(provider: CryptoProvider, blocks: readonly number[]): Uint8Array {
  const key = provider.chacha20(new Uint8Array(32));
  let bytes = NONE;
  for (const block of blocks) {
    bytes = new Uint8Array(32);
    key.process(new Uint8Array(8), block, bytes);
  }
  return bytes;
}

/** `r` is the first byte of r, `s` every byte of s. */
function poly1305(provider: CryptoProvider, r: string, s: string, data: string): Uint8Array {
  return provider.poly1305(fromHex(r + "00".repeat(15) + s.repeat(16)), fromHex(data));
}

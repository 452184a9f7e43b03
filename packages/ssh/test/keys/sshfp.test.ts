import { afterAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { parsePublicKey } from "../../src/keys/parse-public-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { checkSshfp, lookupSshfp, type SshfpRecord } from "../../src/keys/sshfp.ts";
import { keyFolder } from "./tools.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const record = (algorithm: number, fingerprintType: number, fingerprint: string): SshfpRecord => ({
  ...{ algorithm, fingerprintType, fingerprint: hex(fingerprint) },
});

describe("checkSshfp", () => {
  // The example of RFC 7479: the key below with the record below.
  const ed25519 = parsePublicKey(
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS",
  ).publicBlob;
  const published = "a87f1b687ac0e57d2a081a2f282672334d90ed316d2b818ca9580ea384d92401";

  it("RFC 7479: the example matches when DNSSEC has proved it", () => {
    const records = [record(4, 2, published)];
    expect(checkSshfp(ed25519, { records, secure: true })).toBe("match");
    expect(checkSshfp(ed25519, { records, secure: false })).toBe("insecure-match");
    expect(checkSshfp(ed25519, { records, secure: "yes" as unknown as boolean })).toBe("insecure-match");
  });

  it("knows nothing without a record of this algorithm and a known hash", () => {
    for (const records of [[], [record(1, 2, published)], [record(4, 3, published)], [record(0, 0, "")]])
      expect(checkSshfp(ed25519, { records, secure: true })).toBe("unknown");
  });

  it("says mismatch for another fingerprint, a short one and an empty one", () => {
    for (const fingerprint of [published.replace("a8", "a9"), published.slice(2), ""])
      expect(checkSshfp(ed25519, { records: [record(4, 2, fingerprint)], secure: true })).toBe("mismatch");
    const both = [record(4, 2, "00"), record(4, 2, published)];
    expect(checkSshfp(ed25519, { records: both, secure: true })).toBe("match");
  });

  it("lets no resolver's failure pass for an answer", async () => {
    const broken = () => Promise.reject(new Error("no DNS"));
    await expect(lookupSshfp("router.example", ed25519, broken)).rejects.toThrow("no DNS");
    const records = [record(4, 2, published)];
    expect(
      await lookupSshfp("router.example", ed25519, (host) => ({ records, secure: host === "router.example" })),
    ).toBe("match");
  });
});

describe.runIf(requirePeer("openssh"))("the records that ssh-keygen -r prints", () => {
  const folder = keyFolder();
  afterAll(() => folder.remove());

  it("match their keys, by SHA-256 and, where that is missing, by SHA-1 (RFC 6594)", () => {
    for (const [type, bits] of [
      ["ed25519", "256"],
      ["ecdsa", "256"],
      ["ecdsa", "521"],
      ["rsa", "2048"],
    ] as const) {
      const name = `${type}${bits}`;
      folder.run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", name);
      const { publicBlob } = parsePublicKey(folder.read(`${name}.pub`));
      const lines = folder.run("ssh-keygen", "-r", "router.example", "-f", `${name}.pub`).trim().split("\n");
      const records = lines.map((line) => {
        const [, , , algorithm, hash, fingerprint = ""] = line.split(" ");
        return record(Number(algorithm), Number(hash), fingerprint);
      });
      expect(records.map(({ fingerprintType }) => fingerprintType)).toEqual([1, 2]);
      const [sha1, sha256] = records as [SshfpRecord, SshfpRecord];
      expect(checkSshfp(publicBlob, { records, secure: true })).toBe("match");
      expect(checkSshfp(publicBlob, { records: [sha1], secure: true })).toBe("match");
      const wrong = { ...sha256, fingerprint: new Uint8Array(32) };
      expect(checkSshfp(publicBlob, { records: [sha1, wrong], secure: true })).toBe("mismatch");
      const other = generateKey("ecdsa-sha2-nistp384", (length) => new Uint8Array(length).fill(1)).publicBlob;
      expect(checkSshfp(other, { records, secure: true })).toBe(type === "ecdsa" ? "mismatch" : "unknown");
    }
  });
});

import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { aes128Cbc } from "../src/algorithms/ciphers/aes-cbc.ts";
import { hmacSha256 } from "../src/algorithms/macs.ts";
import { nobleProvider } from "../src/algorithms/noble-provider.ts";
import { compatible } from "../src/algorithms/presets.ts";
import { verifySignature } from "../src/algorithms/registry.ts";
import { encodeRsaBlob } from "../src/algorithms/signatures/rsa.ts";
import { encodeSignatureBlob } from "../src/algorithms/signatures/signature-blob.ts";
import { type LegacyWeakness, legacyAlgorithms } from "../src/legacy.ts";
import { cautiousOrder } from "../src/transport/offer-order.ts";
import { errorOf, MachinePair, seededRandom } from "./session/machine-pair.ts";
import { quickCrypto, quickSigner } from "./session/quick-crypto.ts";

const added: Readonly<Record<LegacyWeakness, readonly string[]>> = {
  "sha1-key-exchange": ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1"],
  "sha1-signatures": ["ssh-rsa"],
  "short-rsa-keys": ["rsa-sha2-512", "rsa-sha2-256"],
  "cbc-ciphers": ["aes256-cbc", "aes192-cbc", "aes128-cbc"],
  "truncated-mac": ["hmac-sha1-96"],
};
const weaknesses = Object.keys(added) as LegacyWeakness[];
const everything = legacyAlgorithms({ dangerouslyAllow: weaknesses });

describe("legacyAlgorithms", () => {
  for (const weakness of weaknesses) {
    it(`${weakness} adds ${added[weakness].join(", ")} and nothing else, behind the others`, () => {
      const lists = legacyAlgorithms({ dangerouslyAllow: [weakness] });
      const weak = Object.values(lists).flatMap((list: readonly { name: string; legacy?: boolean }[]) =>
        list.filter(({ legacy }) => legacy === true).map(({ name }) => name),
      );
      expect(weak).toEqual(added[weakness]);
      for (const list of ["keyExchange", "hostKey", "cipher", "mac"] as const) {
        const before = compatible[list].map(({ name }) => name);
        expect(lists[list].slice(0, before.length).map(({ name }) => name)).toEqual(before);
      }
    });
  }

  it("is the preset compatible when nothing is allowed, and knows no other weakness", () => {
    expect(legacyAlgorithms({ dangerouslyAllow: [] })).toEqual(compatible);
    expect(errorOf(() => legacyAlgorithms({ dangerouslyAllow: ["all" as never] }))).toMatchObject({
      code: "local-usage",
    });
  });

  it("is reached by nothing that the main entry point imports", () => {
    const source = fileURLToPath(new URL("../src/", import.meta.url));
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const [, target] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g))
        visit(join(dirname(file), target ?? ""));
    };
    visit(join(source, "mod.ts"));
    const names = [...reached].map((file) => relative(source, file));
    expect(names).toContain("algorithms/presets.ts");
    expect(names).not.toContain("legacy.ts");
    expect(names).not.toContain("algorithms/ciphers/aes-cbc.ts");
  });
});

describe("a connection with legacy algorithms", () => {
  const cbc = everything.cipher.filter(({ name }) => name.endsWith("-cbc"));
  for (const cipher of cbc) {
    for (const mac of everything.mac) {
      it(`goes on under rekeying with ${cipher.name} and ${mac.name}, and says so`, () => {
        const algorithms = { ...quickCrypto, cipher: [cipher], mac: [mac] };
        const pair = new MachinePair({ client: { algorithms }, server: { algorithms, hostKeys: [quickSigner] } });
        const { client } = pair.openChannel();
        const data = seededRandom(3)(70_000);
        let sent = 0;
        for (let round = 0; round < 20 && sent < data.length; round++) {
          sent += pair.client.writeChannel(client, data.subarray(sent), 1 << 20);
          if (round === 0) pair.client.rekey();
          pair.run();
        }
        const got = pair.serverEvents.flatMap((event) => (event.type === "channelData" ? [...event.bytes] : []));
        expect(Buffer.compare(Uint8Array.from(got), data)).toBe(0);
        const macIsLegacy = mac.name === "hmac-sha1-96";
        expect(pair.client.negotiated?.legacy).toEqual(macIsLegacy ? [cipher.name, mac.name] : [cipher.name]);
      });
    }
  }

  it("names the key exchange, and nothing when there is nothing to name", () => {
    const keyExchange = everything.keyExchange.filter(({ name }) => name === "diffie-hellman-group14-sha1");
    const algorithms = { ...quickCrypto, keyExchange };
    const pair = new MachinePair({ client: { algorithms }, server: { algorithms, hostKeys: [quickSigner] } }).run();
    expect(pair.client.negotiated?.legacy).toEqual(["diffie-hellman-group14-sha1"]);
    expect(new MachinePair().run().client.negotiated?.legacy).toEqual([]);
  });

  it("prefers cbc with encrypt-and-MAC to encrypt-then-MAC without strict key exchange (CVE-2023-48795)", () => {
    expect(cautiousOrder(everything).mac.at(-1)?.encryptThenMac).toBe(true);
    expect(cautiousOrder(everything).mac[0]?.encryptThenMac).toBe(false);
  });
});

describe("a CBC packet with a wrong length (CVE-2008-5161)", () => {
  const keys = { key: new Uint8Array(16).fill(1), iv: new Uint8Array(16).fill(2), macKey: new Uint8Array(32).fill(3) };

  it("is read on as if the length were right, and ends as one with a wrong MAC does", () => {
    for (let i = 0; i < 200; i++) {
      const opener = aes128Cbc.createOpener(nobleProvider, keys, hmacSha256);
      const head = seededRandom(i)(16);
      const length = opener.packetLength(0, head);
      // Only a right length could be another one, and at random hardly any is.
      expect(length).toBe(32 * 1024 - 4);
      expect((length + 4) % 16).toBe(0);
      const packet = new Uint8Array(4 + length + 32);
      packet.set(head);
      expect(errorOf(() => opener.open(0, packet))).toMatchObject({ code: "mac-mismatch", fault: "peer" });
    }
  });

  it("is told from a right one by its MAC: each changed byte of a packet ends the connection", () => {
    const sealed = new Uint8Array(4 + 28 + 32);
    sealed.set([0, 0, 0, 28, 7]);
    aes128Cbc.createSealer(nobleProvider, keys, hmacSha256).seal(5, sealed);
    const open = (bytes: Uint8Array, sequence = 5) => {
      const opener = aes128Cbc.createOpener(nobleProvider, keys, hmacSha256);
      const length = opener.packetLength(sequence, bytes);
      const packet = new Uint8Array(4 + length + 32);
      packet.set(bytes);
      return opener.open(sequence, packet);
    };
    expect(open(sealed.slice())).toEqual(new Uint8Array(20));
    expect(errorOf(() => open(sealed.slice(), 6))).toMatchObject({ code: "mac-mismatch" });
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at]! ^= 0x10;
      expect(
        errorOf(() => open(changed)),
        `byte ${at}`,
      ).toMatchObject({ code: "mac-mismatch" });
    }
  });
});

describe("legacy RSA signatures", () => {
  const data = new TextEncoder().encode("the exchange hash");
  const keyOf = (modulusLength: number) => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
    const { n, e } = privateKey.export({ format: "jwk" });
    const number = (text: string | undefined) => Uint8Array.from(Buffer.from(text!, "base64url"));
    return { privateKey, blob: encodeRsaBlob(number(e), number(n)) };
  };
  const cases = [
    ["ssh-rsa", "sha1", 2048, ["sha1-signatures"]],
    ["rsa-sha2-256", "sha256", 1024, ["short-rsa-keys"]],
    ["rsa-sha2-512", "sha512", 1536, ["short-rsa-keys"]],
    ["ssh-rsa", "sha1", 1024, ["sha1-signatures", "short-rsa-keys"]],
  ] as const;
  for (const [algorithm, hash, bits, needs] of cases) {
    it(`${algorithm} with ${bits} bit is right with ${needs.join(" and ")}, and with nothing less`, () => {
      const { privateKey, blob } = keyOf(bits);
      const signature = encodeSignatureBlob(algorithm, Uint8Array.from(sign(hash, data, privateKey)));
      const check = (dangerouslyAllow: readonly LegacyWeakness[]) =>
        verifySignature(
          nobleProvider,
          legacyAlgorithms({ dangerouslyAllow }).hostKey,
          algorithm,
          blob,
          data,
          signature,
        );
      expect(check(needs)).toBe(true);
      for (const weakness of weaknesses)
        expect(check(weaknesses.filter((one) => one !== weakness))).toBe(!needs.includes(weakness as never));
    });
  }

  it("are never right with a key under 1024 bit", () => {
    const { privateKey, blob } = keyOf(768);
    const signature = encodeSignatureBlob("ssh-rsa", Uint8Array.from(sign("sha1", data, privateKey)));
    expect(verifySignature(nobleProvider, everything.hostKey, "ssh-rsa", blob, data, signature)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { forProvider } from "../../src/algorithms/for-provider.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { compatible, modern } from "../../src/algorithms/presets.ts";
import { defaultClientAlgorithms, defaultServerAlgorithms } from "../../src/algorithms/registry.ts";

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe("presets", () => {
  it("are the defaults of client and server", () => {
    expect(defaultClientAlgorithms).toBe(compatible);
    expect(defaultServerAlgorithms).toBe(modern);
  });

  it("modern has no finite fields and no SHA-1, best first", () => {
    expect(names(modern.keyExchange)).toEqual([
      "mlkem768x25519-sha256",
      "curve25519-sha256",
      "curve25519-sha256@libssh.org",
      "ecdh-sha2-nistp256",
      "ecdh-sha2-nistp384",
      "ecdh-sha2-nistp521",
    ]);
    expect(names(modern.hostKey)).toEqual([
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
      "ecdsa-sha2-nistp384",
      "ecdsa-sha2-nistp521",
      "rsa-sha2-512",
      "rsa-sha2-256",
    ]);
    expect(names(modern.mac)).toEqual([
      "hmac-sha2-256-etm@openssh.com",
      "hmac-sha2-512-etm@openssh.com",
      "hmac-sha2-256",
      "hmac-sha2-512",
    ]);
  });

  it("compatible is modern, and behind it what devices need that have nothing else", () => {
    expect(names(compatible.keyExchange)).toEqual([
      ...names(modern.keyExchange),
      "diffie-hellman-group16-sha512",
      "diffie-hellman-group14-sha256",
      "diffie-hellman-group-exchange-sha256",
      "diffie-hellman-group18-sha512",
    ]);
    expect(names(compatible.mac)).toEqual([...names(modern.mac), "hmac-sha1"]);
    expect(compatible.cipher).toEqual(modern.cipher);
    expect(compatible.hostKey).toEqual(modern.hostKey);
  });

  it("name nothing that must never be used, and nothing twice", () => {
    const never = /dss|arcfour|blowfish|cast|3des|-cbc|md5|ripemd|umac|none|sha1-96|^ssh-rsa$|group1-|-sha1$/;
    for (const list of Object.values(compatible).map(names)) {
      expect(list.filter((name) => never.test(name) && name !== "hmac-sha1")).toEqual([]);
      expect(new Set(list).size).toBe(list.length);
    }
  });

  it("follow the provider in the order of their ciphers, and in nothing else", () => {
    expect(names(forProvider(modern, nobleProvider).cipher)[0]).toBe("chacha20-poly1305@openssh.com");
    const preferredCiphers = ["aes128-gcm@openssh.com", "unknown@example.com", "aes256-gcm@openssh.com"];
    const ordered = forProvider(compatible, { ...nobleProvider, preferredCiphers });
    expect(names(ordered.cipher)).toEqual([
      "aes128-gcm@openssh.com",
      "aes256-gcm@openssh.com",
      "chacha20-poly1305@openssh.com",
      "aes256-ctr",
      "aes192-ctr",
      "aes128-ctr",
    ]);
    expect({ ...ordered, cipher: compatible.cipher }).toEqual(compatible);
  });
});

import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { acceptSsh, ecdhNistp256, modern, nobleProvider } from "../../src/mod.ts";
import { connectSsh, type SshClientOptions, slim, slimNobleProvider } from "../../src/slim.ts";
import { clientDefaults, serverDefaults } from "./shell-pair.ts";

const { algorithms: _, ...options } = clientDefaults;

async function connect(client: Partial<SshClientOptions> = {}, keyExchange = modern.keyExchange) {
  const [left, right] = memoryPair();
  const serving = acceptSsh(right, { ...serverDefaults, algorithms: { keyExchange } }).catch((error: unknown) => error);
  try {
    const connection = await connectSsh(left, { ...options, ...client });
    await connection.close();
    return connection.negotiated;
  } finally {
    await left.close();
    await serving;
  }
}

describe("@netconf-kit/ssh/slim", () => {
  it("logs in at a server with default algorithms", async () => {
    expect(await connect()).toMatchObject({
      kex: "mlkem768x25519-sha256",
      hostKey: "ssh-ed25519",
      strictKex: true,
    });
  });

  it("refuses a server that has only what is not within", async () => {
    await expect(connect({}, [ecdhNistp256])).rejects.toMatchObject({ code: "no-common-algorithm" });
  });

  it("takes algorithms and a provider that are handed in", async () => {
    const algorithms = { keyExchange: [ecdhNistp256] };
    expect(await connect({ algorithms, provider: nobleProvider }, [ecdhNistp256])).toMatchObject({
      kex: "ecdh-sha2-nistp256",
    });
  });

  it("has ciphers that need no HMAC", () => {
    expect(slim.cipher.every((cipher) => cipher.authenticated)).toBe(true);
  });

  it("says which provider has what it has not", () => {
    expect(() => slimNobleProvider.keyAgreement("nistp256")).toThrow(/take `nobleProvider`/);
    expect(() => slimNobleProvider.signature("nistp256")).toThrow(/take `nobleProvider`/);
    expect(() => slimNobleProvider.hash("sha1", new Uint8Array(0))).toThrow(/take `nobleProvider`/);
    expect(() => slimNobleProvider.hmacKey("sha256", new Uint8Array(32))).toThrow(/take `nobleProvider`/);
    expect(() => slimNobleProvider.aesCtr(new Uint8Array(16), new Uint8Array(16))).toThrow(/take `nobleProvider`/);
  });

  it("lists what `modern` lists, in its order", () => {
    for (const kind of ["keyExchange", "hostKey", "cipher", "mac"] as const) {
      const names = modern[kind].map(({ name }) => name);
      expect(slim[kind].map(({ name }) => names.indexOf(name))).toEqual(
        slim[kind].map(({ name }) => names.indexOf(name)).toSorted((a, b) => a - b),
      );
      expect(slim[kind].every(({ name }) => names.includes(name))).toBe(true);
    }
  });
});

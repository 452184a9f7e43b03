import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { modern } from "../../src/algorithms/presets.ts";
import type { CryptoProvider, GcmKey, SignatureScheme } from "../../src/algorithms/provider.ts";
import { errorOf, MachinePair, userKey } from "../session/machine-pair.ts";

/*
 * CVE-2023-2283, CVE-2025-5987, CVE-2026-59847: an answer of the cryptography that was none was taken for a yes. Here the
 * provider lies or breaks, and the connection has to fail closed.
 */

/** Answers that are no yes. What the interface calls a yes is not among them. */
const lies: readonly (readonly [name: string, answer: () => never])[] = [
  ["undefined", () => undefined as never],
  ["null", () => null as never],
  ["1", () => 1 as never],
  ['"true"', () => "true" as never],
  ["an empty object", () => ({}) as never],
  ["a promise of true", () => Promise.resolve(true) as never],
  ["an empty array of bytes", () => new Uint8Array(0) as never],
  [
    "an exception",
    () => {
      throw new Error("the engine is broken");
    },
  ],
];

const quick = {
  ...modern,
  keyExchange: modern.keyExchange.filter(({ name }) => name === "curve25519-sha256"),
  hostKey: modern.hostKey.filter(({ name }) => name === "ssh-ed25519"),
};

describe("a provider that lies", () => {
  for (const [name, answer] of lies) {
    it(`about the host key signature with ${name} never gets a client connected`, () => {
      const provider = withSignature((scheme) => ({ ...scheme, verify: answer }));
      const pair = new MachinePair({ client: { provider, algorithms: quick }, server: { algorithms: quick } });
      expect(errorOf(() => pair.run())).toBeInstanceOf(Error);
      expect(pair.client.failure).toBeDefined();
      expect(pair.clientEvent("hostKeyOffered")).toBeUndefined();
    });

    it(`about a user's signature with ${name} lets nobody in`, () => {
      const provider = withSignature((scheme) => ({ ...scheme, verify: answer }));
      const pair = new MachinePair({
        client: { algorithms: quick },
        server: { provider, algorithms: quick },
        methods: [{ method: "publickey", key: userKey }],
        decide: (attempt) => ({ accept: attempt.method === "publickey" }),
      });
      expect(errorOf(() => pair.run())).toBeInstanceOf(Error);
      expect(pair.serverEvent("ready")).toBeUndefined();
      expect(pair.clientEvent("ready")).toBeUndefined();
    });

    it(`about the shared secret with ${name} ends the key exchange`, () => {
      for (const kex of modern.keyExchange) {
        const provider: CryptoProvider = {
          ...nobleProvider,
          keyAgreement: (curve) => ({ ...nobleProvider.keyAgreement(curve), sharedSecret: answer }),
        };
        const algorithms = { ...quick, keyExchange: [kex] };
        const pair = new MachinePair({ client: { provider, algorithms }, server: { algorithms } });
        expect(
          errorOf(() => pair.run()),
          kex.name,
        ).toBeInstanceOf(Error);
        expect(pair.clientEvent("hostKeyOffered")).toBeUndefined();
        expect(pair.client.failure).toBeDefined();
      }
    });

    for (const method of ["open", "openApart"] as const)
      it(`about a GCM tag (${method}) with ${name} gives mac-mismatch, or the exception`, () => {
        const cipher = modern.cipher.filter((each) => each.name === "aes128-gcm@openssh.com");
        const provider: CryptoProvider = {
          ...nobleProvider,
          aesGcm: (key): GcmKey => ({ ...nobleProvider.aesGcm(key), [method]: answer }),
        };
        expectNoData(provider, { ...quick, cipher });
      });

    it(`about a Poly1305 or HMAC tag with ${name} gives no data`, () => {
      const chacha = modern.cipher.filter((each) => each.name.startsWith("chacha20"));
      expectNoData({ ...nobleProvider, poly1305: answer }, { ...quick, cipher: chacha });
      const ctr = modern.cipher.filter((each) => each.name === "aes256-ctr");
      for (const mac of modern.mac) {
        const hmacKey: CryptoProvider["hmacKey"] = (hash, key) => ({
          ...nobleProvider.hmacKey(hash, key),
          compute: answer,
        });
        expectNoData({ ...nobleProvider, hmacKey }, { ...quick, cipher: ctr, mac: [mac] });
      }
    });
  }

  it("with a shared secret of zeros ends the key exchange (RFC 8731 §3)", () => {
    const provider: CryptoProvider = {
      ...nobleProvider,
      keyAgreement: (curve) => ({
        ...nobleProvider.keyAgreement(curve),
        sharedSecret: () => new Uint8Array(32),
      }),
    };
    for (const kex of modern.keyExchange) {
      const algorithms = { ...quick, keyExchange: [kex] };
      const pair = new MachinePair({ client: { provider, algorithms }, server: { algorithms } });
      expect(
        errorOf(() => pair.run()),
        kex.name,
      ).toMatchObject({ code: "key-exchange-failed" });
    }
  });
});

/** The client's first encrypted packet fails, and nothing of it gets through. */
function expectNoData(provider: CryptoProvider, algorithms: typeof quick): void {
  const pair = new MachinePair({ client: { provider, algorithms }, server: { algorithms } });
  const error = errorOf(() => pair.run());
  expect(error).toBeInstanceOf(Error);
  if ("code" in error) expect(error.code).toBe("mac-mismatch");
  expect(pair.clientEvent("ready")).toBeUndefined();
  expect(pair.client.failure).toBeDefined();
}

function withSignature(change: (scheme: SignatureScheme) => SignatureScheme): CryptoProvider {
  return { ...nobleProvider, signature: (name) => change(nobleProvider.signature(name)) };
}

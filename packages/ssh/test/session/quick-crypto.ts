import type { KexAlgorithm } from "../../src/algorithms/kex/kex-algorithm.ts";
import { type AlgorithmPreferences, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import type { HostKeyAlgorithm } from "../../src/algorithms/signatures/host-key-algorithm.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { SshWriter } from "../../src/wire/writer.ts";

/*
 * Key exchange and signatures that prove nothing and cost nothing, for tests that need thousands of connections and are
 * about the order of messages. Packets are encrypted as usual.
 */

const secret = (): { encoded: Uint8Array } => ({ encoded: new SshWriter().mpint(new Uint8Array(32).fill(5)).take() });

const quickKex: KexAlgorithm = {
  kind: "public-values",
  name: "quick-kex@test",
  hash: "sha256",
  start: () => ({ publicValue: new Uint8Array(32).fill(1), finish: secret }),
  respond: () => ({ publicValue: new Uint8Array(32).fill(2), secret: secret() }),
};

export const quickHostKey: HostKeyAlgorithm = {
  name: "quick-key@test",
  keyType: "quick-key@test",
  verify: (_provider, _blob, _data, signature) => signature[0] === 42,
};

export const quickSigner: Signer = {
  algorithms: [quickHostKey.name],
  publicBlob: new SshWriter().text(quickHostKey.keyType).take(),
  sign: () => new Uint8Array([42]),
};

export const quickCrypto: AlgorithmPreferences = {
  keyExchange: [quickKex],
  hostKey: [quickHostKey],
  cipher: defaultClientAlgorithms.cipher.filter(({ name }) => name === "aes128-ctr"),
  mac: defaultClientAlgorithms.mac.slice(0, 1),
};

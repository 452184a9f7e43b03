import { aes128Cbc, aes192Cbc, aes256Cbc } from "./algorithms/ciphers/aes-cbc.ts";
import { groupExchangeKex } from "./algorithms/kex/group-exchange.ts";
import type { KexAlgorithm } from "./algorithms/kex/kex-algorithm.ts";
import { modpKex } from "./algorithms/kex/modp-groups.ts";
import type { MacAlgorithm } from "./algorithms/packet-cipher.ts";
import type { AlgorithmPreferences } from "./algorithms/preferences.ts";
import { compatible } from "./algorithms/presets.ts";
import type { HostKeyAlgorithm } from "./algorithms/signatures/host-key-algorithm.ts";
import { rsaAlgorithm } from "./algorithms/signatures/rsa.ts";
import { SshError } from "./errors.ts";

/*
 * Algorithms that are broken or close to it, for a client of devices that have nothing else. Nothing outside this file
 * leads to them: it is an entry point of its own. What is in use stands in `negotiated.legacy`.
 */

/** What each weakness means for the connection. */
export type LegacyWeakness =
  /** diffie-hellman-group14-sha1 and -group-exchange-sha1: the transcript rests on SHA-1, whose collisions cost little. */
  | "sha1-key-exchange"
  /** ssh-rsa: host key signatures over SHA-1. */
  | "sha1-signatures"
  /** RSA host keys of 1024 to 2047 bit, which a well-equipped attacker factors. */
  | "short-rsa-keys"
  /** aes256-cbc, aes192-cbc, aes128-cbc: their order of encryption and MAC lets errors tell something (CVE-2008-5161). */
  | "cbc-ciphers"
  /** hmac-sha1-96: SHA-1 cut to 96 bit. */
  | "truncated-mac";

/** Which weaknesses are put up with. */
export interface LegacyOptions {
  /** Each weakness by its name: there is no "all". */
  readonly dangerouslyAllow: readonly LegacyWeakness[];
}

/**
 * The preset `compatible`, and behind it what the named weaknesses allow. Only for clients, and only for devices that
 * cannot be upgraded.
 *
 * Throws `local-usage` for a weakness it does not know.
 *
 * @example
 * import { legacyAlgorithms } from "@netconf-kit/ssh/legacy";
 * const algorithms = legacyAlgorithms({ dangerouslyAllow: ["sha1-key-exchange", "sha1-signatures"] });
 * const connection = await connectSsh(socket, { ...options, algorithms });
 * console.warn(connection.negotiated.legacy); // ["diffie-hellman-group14-sha1", "ssh-rsa"]
 */
export function legacyAlgorithms({ dangerouslyAllow }: LegacyOptions): AlgorithmPreferences {
  for (const weakness of dangerouslyAllow)
    if (!weaknesses.has(weakness))
      throw new SshError("local-usage", `allowing "${weakness}": there is no such weakness`);
  const allows = (weakness: LegacyWeakness): boolean => dangerouslyAllow.includes(weakness);
  const minBits = allows("short-rsa-keys") ? 1024 : undefined;
  return {
    keyExchange: [...compatible.keyExchange, ...(allows("sha1-key-exchange") ? sha1KeyExchange : [])],
    hostKey: [
      ...compatible.hostKey.map((algorithm) => (minBits === undefined ? algorithm : shortened(algorithm, minBits))),
      ...(allows("sha1-signatures") ? [legacyRsa("ssh-rsa", "sha1", minBits)] : []),
    ],
    cipher: [...compatible.cipher, ...(allows("cbc-ciphers") ? [aes256Cbc, aes192Cbc, aes128Cbc] : [])],
    mac: [...compatible.mac, ...(allows("truncated-mac") ? [hmacSha1Truncated] : [])],
  };
}

const weaknesses: ReadonlySet<string> = new Set<LegacyWeakness>([
  "sha1-key-exchange",
  "sha1-signatures",
  "short-rsa-keys",
  "cbc-ciphers",
  "truncated-mac",
]);

// RFC 4253 §8.2, RFC 4419 §4.1.
const sha1KeyExchange: readonly KexAlgorithm[] = [
  { ...modpKex("diffie-hellman-group14-sha1", "sha1", 14), legacy: true },
  { ...groupExchangeKex("diffie-hellman-group-exchange-sha1", "sha1"), legacy: true },
];

// RFC 4253 §6.4: the first 96 bits of HMAC-SHA1.
const hmacSha1Truncated: MacAlgorithm = {
  name: "hmac-sha1-96",
  hash: "sha1",
  keyLength: 20,
  tagLength: 12,
  encryptThenMac: false,
  legacy: true,
};

function legacyRsa(name: string, hash: "sha1" | "sha256" | "sha512", minBits: number | undefined): HostKeyAlgorithm {
  return { ...rsaAlgorithm(name, hash, minBits), legacy: true };
}

function shortened(algorithm: HostKeyAlgorithm, minBits: number): HostKeyAlgorithm {
  if (algorithm.name === "rsa-sha2-512") return legacyRsa(algorithm.name, "sha512", minBits);
  return algorithm.name === "rsa-sha2-256" ? legacyRsa(algorithm.name, "sha256", minBits) : algorithm;
}

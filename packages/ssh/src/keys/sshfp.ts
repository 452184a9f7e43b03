import { bytesEqual } from "../algorithms/bytes-equal.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider, HashName } from "../algorithms/provider.ts";
import { certificateOf } from "./certificate.ts";
import { publicKeyType } from "./public-key.ts";

/** An SSHFP resource record (RFC 4255 §3.1), as a resolver gives it. */
export interface SshfpRecord {
  /** 1 RSA, 2 DSA, 3 ECDSA, 4 Ed25519. */
  readonly algorithm: number;
  /** 1 SHA-1, 2 SHA-256. */
  readonly fingerprintType: number;
  readonly fingerprint: Uint8Array;
}

/** What a resolver says about the SSHFP records of a host. */
export interface SshfpAnswer {
  readonly records: readonly SshfpRecord[];
  /** Whether DNSSEC has proved the answer, all the way to us: the AD bit of a resolver that is trusted over a safe path. */
  readonly secure: boolean;
}

/**
 * What DNS says about a host key. Only `"match"` is a reason to trust. `"insecure-match"` may be shown to a person who
 * decides (RFC 4255 §2.4).
 */
export type SshfpResult = "match" | "insecure-match" | "mismatch" | "unknown";

/**
 * Compares a host key, in wire form, with the SSHFP records of the host (RFC 4255, RFC 6594, RFC 7479). Records of other
 * algorithms say nothing about this key; of a certificate, the key in it is compared.
 *
 * @example
 * const result = checkSshfp(publicBlob, await doh("router.example", "SSHFP"));
 */
export function checkSshfp(
  publicBlob: Uint8Array,
  answer: SshfpAnswer,
  provider: CryptoProvider = nobleProvider,
): SshfpResult {
  const key = certificateOf(publicBlob)?.publicBlob ?? publicBlob;
  const algorithm = algorithmNumber(publicKeyType(key));
  const records = answer.records.filter(
    (record) => record.algorithm === algorithm && hashes.has(record.fingerprintType),
  );
  // RFC 6594: SHA-256 has to be preferred where both are there. A forger would aim at SHA-1.
  const strong = records.filter((record) => record.fingerprintType === 2);
  const candidates = strong.length > 0 ? strong : records;
  if (candidates.length === 0) return "unknown";
  const same = candidates.some(({ fingerprintType, fingerprint }) =>
    bytesEqual(provider.hash(hashes.get(fingerprintType) ?? "sha256", key), fingerprint),
  );
  if (!same) return "mismatch";
  return answer.secure === true ? "match" : "insecure-match";
}

/**
 * Asks a resolver for the SSHFP records of a host and compares. `resolve` does the DNS query; what it throws goes on to
 * the caller, and is no answer about the key.
 *
 * @example
 * const result = await lookupSshfp("router.example", publicBlob, (name) => doh(name, "SSHFP"));
 */
export async function lookupSshfp(
  host: string,
  publicBlob: Uint8Array,
  resolve: (host: string) => SshfpAnswer | Promise<SshfpAnswer>,
  provider: CryptoProvider = nobleProvider,
): Promise<SshfpResult> {
  const key = publicBlob.slice();
  return checkSshfp(key, await resolve(host), provider);
}

const hashes: ReadonlyMap<number, HashName> = new Map([
  [1, "sha1"],
  [2, "sha256"],
]);

/** RFC 4255 §3.1.1; RFC 6594 and RFC 7479 add ECDSA and Ed25519. */
function algorithmNumber(keyType: string): number | undefined {
  if (keyType === "ssh-rsa") return 1;
  if (keyType.startsWith("ecdsa-sha2-")) return 3;
  return keyType === "ssh-ed25519" ? 4 : undefined;
}

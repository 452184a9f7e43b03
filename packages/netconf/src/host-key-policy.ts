import {
  type CryptoProvider,
  certificateAlgorithm,
  checkKnownHost,
  compatible,
  type HostKeyAlgorithm,
  type HostKeyVerdict,
  type KnownHosts,
  type OfferedHostKey,
} from "@netconf-kit/ssh";
import { certificateIdentity } from "./host-certificate.ts";
import { secondsNow } from "./wall-clock.ts";

/** Decides whether a host key is the device's. Everything but an explicit acceptance refuses. */
export type VerifyHostKey = (offered: OfferedHostKey) => HostKeyVerdict | Promise<HostKeyVerdict>;

/**
 * Accepts the host keys with these SHA256 fingerprints and no others.
 *
 * @example
 * const verifyHostKey = trustFingerprints(["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"]);
 */
export function trustFingerprints(fingerprints: readonly string[]): VerifyHostKey {
  const trusted = new Set(fingerprints.map(normalFingerprint));
  return ({ fingerprint }) =>
    trusted.has(fingerprint)
      ? { accept: true }
      : { accept: false, reason: `the host key ${fingerprint} is not one of the ${trusted.size} trusted` };
}

/** How the certificates of known_hosts are judged. */
export interface TrustKnownHostsOptions {
  /** Seconds since 1970, for the validity of certificates. Default: the time of day. */
  readonly now?: () => number;
  readonly provider?: CryptoProvider;
}

/**
 * Accepts the host keys that a known_hosts file lists for this host and port, as `ssh` does: plain and hashed names, wildcards,
 * `@revoked`, and host certificates of a `@cert-authority` that are valid now and for this host. Servers show certificates only
 * to who asks for them: see {@link knownHostKeyAlgorithms}.
 *
 * Of a certificate, `identity` of the connection's host key is what it certifies.
 *
 * @example
 * const known = parseKnownHosts(text);
 * const connection = await connect({
 *   ...{ dial, username, authentication },
 *   verifyHostKey: trustKnownHosts(known, "router.example", 830),
 *   algorithms: { hostKey: knownHostKeyAlgorithms(known, "router.example", 830) },
 * });
 */
export function trustKnownHosts(
  knownHosts: KnownHosts,
  host: string,
  port: number,
  options: TrustKnownHostsOptions = {},
): VerifyHostKey {
  const { now = secondsNow, ...rest } = options;
  return ({ publicBlob, fingerprint, algorithm }) => {
    const verdict = checkKnownHost(knownHosts, { host, port, publicBlob, now: now(), ...rest });
    if (verdict.trusted) {
      if (verdict.certificate === undefined) return { accept: true };
      return { accept: true, identity: certificateIdentity(verdict.certificate, algorithm) };
    }
    if (verdict.certificate !== undefined)
      return { accept: false, reason: `the host certificate ${fingerprint} of "${host}": ${verdict.reason}` };
    switch (verdict.status) {
      case "revoked":
        return { accept: false, reason: `the host key ${fingerprint} is revoked: ${verdict.reason}` };
      case "mismatch":
        return {
          accept: false,
          reason: `the host key ${fingerprint} is not the one known for "${host}"; somebody may sit in between`,
        };
      case "unknown":
        return { accept: false, reason: `the host key ${fingerprint} of "${host}" is not known` };
    }
  };
}

/**
 * The host key algorithms to ask a host for, best first: certificates where the file trusts an authority for it, then the types
 * of the keys that it lists, then all others. A host with several keys then shows one that can be recognized.
 *
 * @param hostKey the algorithms there are; default those of `compatible`
 * @example
 * const hostKey = knownHostKeyAlgorithms(known, "router.example", 830); // so that the host shows a key we know
 */
export function knownHostKeyAlgorithms(
  knownHosts: KnownHosts,
  host: string,
  port: number,
  hostKey: readonly HostKeyAlgorithm[] = compatible.hostKey,
): readonly HostKeyAlgorithm[] {
  const certified = knownHosts.entriesFor(host, port).some((entry) => entry.marker === "@cert-authority");
  const types = new Set(knownHosts.keyTypesFor(host, port));
  return [
    ...(certified ? hostKey.map(certificateAlgorithm) : []),
    ...hostKey.filter(({ keyType }) => types.has(keyType)),
    ...hostKey.filter(({ keyType }) => !types.has(keyType)),
  ];
}

/**
 * `SHA256:` and unpadded base64, as OpenSSH prints it; padding and a missing prefix are forgiven.
 *
 * @example
 * normalFingerprint("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
 */
export function normalFingerprint(text: string): string {
  return `SHA256:${text.replace(/^SHA256:/, "").replace(/=+$/, "")}`;
}

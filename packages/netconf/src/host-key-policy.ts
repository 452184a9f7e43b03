import type { HostKeyVerdict, KnownHosts, OfferedHostKey } from "@netconf-kit/ssh";

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

/**
 * Accepts the host keys that a known_hosts file lists for this host and port, as `ssh` does.
 *
 * @example
 * const verifyHostKey = trustKnownHosts(parseKnownHosts(text), "router.example", 830);
 */
export function trustKnownHosts(knownHosts: KnownHosts, host: string, port: number): VerifyHostKey {
  return ({ publicBlob, fingerprint }) => {
    switch (knownHosts.lookup(host, port, publicBlob).status) {
      case "match":
        return { accept: true };
      case "revoked":
        return { accept: false, reason: `the host key ${fingerprint} is revoked` };
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

/** `SHA256:` and unpadded base64, as OpenSSH prints it; padding and a missing prefix are forgiven. */
export function normalFingerprint(text: string): string {
  return `SHA256:${text.replace(/^SHA256:/, "").replace(/=+$/, "")}`;
}

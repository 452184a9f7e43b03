import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import { type Certificate, certificateOf, parseCertificate } from "./certificate.ts";
import { parsePublicKey } from "./parse-public-key.ts";
import { requireAlgorithm, requireSameBlob } from "./private-key.ts";
import type { Signer } from "./signer.ts";

const suffix = "-cert-v01@openssh.com";

/**
 * The algorithm for keys that come as certificates: `ssh-ed25519` → `ssh-ed25519-cert-v01@openssh.com`. It proves that the
 * peer holds the certified key; whether the certificate counts is for `checkKnownHost` and `checkUserCertificate` to say.
 *
 * List the plain algorithm as well: OpenSSH signs with a certificate only where the server accepts both names.
 *
 * @example
 * const hostKey = [certificateAlgorithm(sshEd25519), sshEd25519];
 */
export function certificateAlgorithm(base: HostKeyAlgorithm): HostKeyAlgorithm {
  return {
    name: `${base.name}${suffix}`,
    keyType: `${base.keyType}${suffix}`,
    verify: (provider, publicBlob, data, signatureBlob) => {
      const certificate = certificateOf(publicBlob);
      // The signature names the plain algorithm (OpenSSH PROTOCOL.certkeys).
      return certificate !== undefined && base.verify(provider, certificate.publicBlob, data, signatureBlob) === true;
    },
  };
}

/**
 * A signer that shows its certificate in place of its key. `certificate` is the line of an `id_…-cert.pub` file, or the
 * certificate itself. Throws `key-format`, and `key-mismatch` for the certificate of another key.
 *
 * @example
 * const signer = certifiedSigner(key, await readFile("id_ed25519-cert.pub", "utf8"));
 */
export function certifiedSigner(key: Signer, certificate: Certificate | string): Signer {
  const parsed =
    typeof certificate === "string"
      ? parseCertificate(parsePublicKey(certificate).publicBlob, "key-format")
      : certificate;
  requireSameBlob(parsed.publicBlob, key.publicBlob);
  const algorithms = key.algorithms.map((name) => `${name}${suffix}`);
  return {
    algorithms,
    publicBlob: parsed.blob,
    sign: (data, algorithm) => {
      requireAlgorithm(algorithm, algorithms);
      return key.sign(data, algorithm.slice(0, -suffix.length));
    },
  };
}

import type { CryptoProvider } from "../algorithms/provider.ts";
import type { Certificate } from "./certificate.ts";
import type { KnownHosts, KnownHostsEntry, KnownHostsResult } from "./known-hosts.ts";
import { type CertificateRefusal, oneOfKeys, verifyCertificate } from "./verify-certificate.ts";

/** A host and the key that it shows. */
export interface KnownHostCheck {
  /** The name or address as the user gave it. */
  readonly host: string;
  readonly port: number;
  /** The host's key or certificate in wire form. */
  readonly publicBlob: Uint8Array;
  /** Seconds since 1970, for certificates. */
  readonly now: number;
  readonly provider?: CryptoProvider;
}

/** Whether a host is the one that known_hosts knows, or why not. */
export type KnownHostVerdict =
  /** With `certificate` it is that certificate that is trusted, and `entry` names its authority. */
  | { readonly trusted: true; readonly entry: KnownHostsEntry; readonly certificate: Certificate | undefined }
  | {
      readonly trusted: false;
      readonly status: "revoked" | "mismatch" | "unknown";
      /** Why the certificate of a trusted authority did not help, where there was one. */
      readonly certificate: CertificateRefusal | undefined;
      readonly reason: string;
    };

/**
 * Whether a known_hosts file is a reason to trust this host key: it lists the key itself, or the authority of a host
 * certificate that is valid now and for this host. `status` tells the refusals apart.
 *
 * @example
 * const verifyHostKey = ({ publicBlob }: OfferedHostKey): HostKeyVerdict => {
 *   const verdict = checkKnownHost(known, { host, port, publicBlob, now: Date.now() / 1000 });
 *   return verdict.trusted ? { accept: true } : { accept: false, reason: verdict.reason };
 * };
 */
export function checkKnownHost(known: KnownHosts, check: KnownHostCheck): KnownHostVerdict {
  const { host, port, publicBlob, now, provider } = check;
  const result = known.lookup(host, port, publicBlob);
  if (result.status === "revoked") {
    const reason = `line ${result.entry.line} of known_hosts revokes the key`;
    return { trusted: false, status: "revoked", certificate: undefined, reason };
  }
  const verdict =
    result.authority &&
    verifyCertificate(result.authority.certificate, {
      ...{ kind: "host", principal: host.toLowerCase(), now, isAuthority: oneOfKeys([result.authority.entry]) },
      ...(provider === undefined ? {} : { provider }),
    });
  if (result.authority !== undefined && verdict?.valid === true) return { trusted: true, ...result.authority };
  // A certificate that does not count is still a key, and the file may list that.
  if (result.status === "match") return { trusted: true, entry: result.entry, certificate: undefined };
  const refusal = verdict?.valid === false ? verdict : undefined;
  return {
    trusted: false,
    status: result.status,
    certificate: refusal?.code,
    reason: refusal?.reason ?? reasonFor(result),
  };
}

function reasonFor(result: Extract<KnownHostsResult, { readonly status: "mismatch" | "unknown" }>): string {
  if (result.status === "unknown") return "known_hosts does not name the host";
  const lines = result.known.map((entry) => entry.line).join(", ");
  return `known_hosts has another key for the host: line ${lines}`;
}

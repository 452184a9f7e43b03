import type { X509Certificate } from "node:crypto";

const MAX_DEPTH = 8;

/**
 * Finds the way from a certificate that the runtime has found valid to the authorities that we hold. The runtime does not say
 * which way it went, and among what a peer sends there may be certificates that have nothing to do with its own: so every
 * signature is checked here again.
 *
 * @returns those of the way that we hold, the topmost last; none when there is no way
 */
export function findPath(
  leaf: X509Certificate,
  sent: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): readonly X509Certificate[] {
  const trusted: X509Certificate[] = [];
  const between = sent.slice(0, MAX_DEPTH).filter(({ ca }) => ca);
  for (let at = leaf, depth = 0; depth < MAX_DEPTH; depth++) {
    const own = authorities.find(({ raw }) => raw.equals(at.raw));
    if (own !== undefined) trusted.push(own);
    const issuer = authorities.find((each) => issued(at, each)) ?? between.find((each) => issued(at, each));
    if (issuer === undefined || issuer.raw.equals(at.raw)) break;
    at = issuer;
  }
  return trusted;
}

function issued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

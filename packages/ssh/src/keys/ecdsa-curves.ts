import { type EcdsaCurve, nistp256, nistp384, nistp521 } from "../algorithms/signatures/ecdsa.ts";

/** The curves of RFC 5656 §10.1 that keys may be on. */
export const ecdsaCurves: readonly EcdsaCurve[] = [nistp256, nistp384, nistp521];

/** The curve of a key type such as `ecdsa-sha2-nistp256`. */
export function ecdsaCurveNamed(keyType: string): EcdsaCurve | undefined {
  return ecdsaCurves.find((curve) => curve.algorithm === keyType);
}

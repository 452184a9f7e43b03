/** Object identifiers that key files name, in the hex of their DER content. */
export const objectIdentifiers = {
  /** 1.2.840.113549.1.1.1, RFC 8017 appendix C */
  rsaEncryption: "2a864886f70d010101",
  /** 1.2.840.10045.2.1, RFC 5480 §2.1.1 */
  ecPublicKey: "2a8648ce3d0201",
  /** 1.3.101.112, RFC 8410 §3 */
  ed25519: "2b6570",
  /** 1.2.840.113549.1.5.13, RFC 8018 appendix A.4 */
  pbes2: "2a864886f70d01050d",
  /** 1.2.840.113549.1.5.12, RFC 8018 appendix A.2 */
  pbkdf2: "2a864886f70d01050c",
} as const;

/** RFC 5480 §2.1.1.1 → the curve's name in RFC 5656. */
export const curveIdentifiers: ReadonlyMap<string, string> = new Map([
  ["2a8648ce3d030107", "nistp256"],
  ["2b81040022", "nistp384"],
  ["2b81040023", "nistp521"],
]);

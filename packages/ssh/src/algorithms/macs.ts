import type { MacAlgorithm } from "./packet-cipher.ts";

// RFC 6668 §2, and the same with encrypt-then-MAC order (OpenSSH PROTOCOL §1.5).
/** hmac-sha2-256-etm@openssh.com, which covers what is encrypted. */
export const hmacSha256Etm: MacAlgorithm = {
  name: "hmac-sha2-256-etm@openssh.com",
  hash: "sha256",
  keyLength: 32,
  tagLength: 32,
  encryptThenMac: true,
};

/** hmac-sha2-512-etm@openssh.com, which covers what is encrypted. */
export const hmacSha512Etm: MacAlgorithm = {
  name: "hmac-sha2-512-etm@openssh.com",
  hash: "sha512",
  keyLength: 64,
  tagLength: 64,
  encryptThenMac: true,
};

/** hmac-sha2-256. */
export const hmacSha256: MacAlgorithm = {
  name: "hmac-sha2-256",
  hash: "sha256",
  keyLength: 32,
  tagLength: 32,
  encryptThenMac: false,
};

/** hmac-sha2-512. */
export const hmacSha512: MacAlgorithm = {
  name: "hmac-sha2-512",
  hash: "sha512",
  keyLength: 64,
  tagLength: 64,
  encryptThenMac: false,
};

// RFC 4253 §6.4. What is broken in SHA-1, collisions, is no matter to HMAC; many devices have nothing else.
/** hmac-sha1. */
export const hmacSha1: MacAlgorithm = {
  name: "hmac-sha1",
  hash: "sha1",
  keyLength: 20,
  tagLength: 20,
  encryptThenMac: false,
};

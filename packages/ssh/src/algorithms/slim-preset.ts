import { aes128Gcm, aes256Gcm } from "./ciphers/aes-gcm.ts";
import { chacha20Poly1305 } from "./ciphers/chacha20-poly1305.ts";
import { curve25519Sha256, curve25519Sha256Libssh } from "./kex/curve25519.ts";
import { mlkem768X25519 } from "./kex/mlkem768x25519.ts";
import { hmacSha256Etm, hmacSha512Etm } from "./macs.ts";
import type { AlgorithmPreferences } from "./preferences.ts";
import { sshEd25519 } from "./signatures/ed25519.ts";
import { rsaSha256, rsaSha512 } from "./signatures/rsa.ts";

/**
 * `modern` without what `slimNobleProvider` lacks: the NIST curves and AES-CTR. The other ciphers authenticate what they encrypt;
 * a list of MACs has to be there all the same (RFC 4253 §7.1), and none of them is ever used.
 */
export const slim: AlgorithmPreferences = {
  keyExchange: [mlkem768X25519, curve25519Sha256, curve25519Sha256Libssh],
  hostKey: [sshEd25519, rsaSha512, rsaSha256],
  cipher: [chacha20Poly1305, aes256Gcm, aes128Gcm],
  mac: [hmacSha256Etm, hmacSha512Etm],
};

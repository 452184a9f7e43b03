import { aes128Ctr, aes192Ctr, aes256Ctr } from "./ciphers/aes-ctr.ts";
import { aes128Gcm, aes256Gcm } from "./ciphers/aes-gcm.ts";
import { chacha20Poly1305 } from "./ciphers/chacha20-poly1305.ts";
import { curve25519Sha256, curve25519Sha256Libssh } from "./kex/curve25519.ts";
import { ecdhNistp256, ecdhNistp384, ecdhNistp521 } from "./kex/ecdh-nistp.ts";
import { groupExchangeSha256 } from "./kex/group-exchange.ts";
import { mlkem768X25519 } from "./kex/mlkem768x25519.ts";
import { group14Sha256, group16Sha512, group18Sha512 } from "./kex/modp-groups.ts";
import { hmacSha1, hmacSha256, hmacSha256Etm, hmacSha512, hmacSha512Etm } from "./macs.ts";
import type { AlgorithmPreferences } from "./preferences.ts";
import { ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521 } from "./signatures/ecdsa.ts";
import { sshEd25519 } from "./signatures/ed25519.ts";
import { rsaSha256, rsaSha512 } from "./signatures/rsa.ts";

/** What a server offers by default: no finite fields, whose cost a stranger could make us bear (CVE-2002-20001). */
export const modern: AlgorithmPreferences = {
  keyExchange: [mlkem768X25519, curve25519Sha256, curve25519Sha256Libssh, ecdhNistp256, ecdhNistp384, ecdhNistp521],
  hostKey: [sshEd25519, ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521, rsaSha512, rsaSha256],
  // ChaCha20 stands first because without native AES it is two to five times faster: see `forProvider`.
  cipher: [chacha20Poly1305, aes256Gcm, aes128Gcm, aes256Ctr, aes192Ctr, aes128Ctr],
  mac: [hmacSha256Etm, hmacSha512Etm, hmacSha256, hmacSha512],
};

/**
 * What a client offers by default: `modern`, and behind it what network devices need that have nothing else. Nothing in it
 * is known to be broken.
 */
export const compatible: AlgorithmPreferences = /* @__PURE__ */ extended();

/** A function, so that a bundle without `compatible` is also without its methods. */
function extended(): AlgorithmPreferences {
  return {
    ...modern,
    // Known groups before those a server makes up; the slowest last.
    keyExchange: [...modern.keyExchange, group16Sha512, group14Sha256, groupExchangeSha256, group18Sha512],
    mac: [...modern.mac, hmacSha1],
  };
}

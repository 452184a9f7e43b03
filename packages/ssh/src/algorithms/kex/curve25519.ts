import { agreementKex } from "./agreement-kex.ts";
import type { PublicValueKex } from "./kex-algorithm.ts";

// RFC 8731; the second name is what it was called before the RFC.
/** curve25519-sha256. */
export const curve25519Sha256: PublicValueKex = /* @__PURE__ */ agreementKex("curve25519-sha256", "sha256", "x25519");
/** curve25519-sha256 by its name of before the standard. */
export const curve25519Sha256Libssh: PublicValueKex = /* @__PURE__ */ agreementKex(
  "curve25519-sha256@libssh.org",
  "sha256",
  "x25519",
);

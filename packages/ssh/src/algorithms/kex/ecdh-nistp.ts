import { agreementKex } from "./agreement-kex.ts";
import type { PublicValueKex } from "./kex-algorithm.ts";

// RFC 5656 §6.2.1, §10.1: the hash follows from the size of the curve.
/** ecdh-sha2-nistp256. */
export const ecdhNistp256: PublicValueKex = /* @__PURE__ */ agreementKex("ecdh-sha2-nistp256", "sha256", "nistp256");
/** ecdh-sha2-nistp384. */
export const ecdhNistp384: PublicValueKex = /* @__PURE__ */ agreementKex("ecdh-sha2-nistp384", "sha384", "nistp384");
/** ecdh-sha2-nistp521. */
export const ecdhNistp521: PublicValueKex = /* @__PURE__ */ agreementKex("ecdh-sha2-nistp521", "sha512", "nistp521");

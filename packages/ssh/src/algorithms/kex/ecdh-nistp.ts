import { agreementKex } from "./agreement-kex.ts";
import type { KexAlgorithm } from "./kex-algorithm.ts";

// RFC 5656 §6.2.1, §10.1
export const ecdhNistp256: KexAlgorithm = /* @__PURE__ */ agreementKex("ecdh-sha2-nistp256", "sha256", "nistp256");

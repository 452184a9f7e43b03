import type { CryptoProvider } from "@netconf-kit/ssh";
import { webGcm } from "./crypto-gcm.ts";
import type { WebSubtle } from "./crypto-subtle.ts";

/** Which packets are worth a call to WebCrypto. */
export interface WebCryptoOptions {
  /** Packets with fewer bytes than this stay with the fallback. Default 2048. */
  readonly leastBytes?: number;
}

/** About where a call of WebCrypto and the way back cost no more than the same packet in plain JavaScript. */
const DEFAULT_LEAST_BYTES = 2048;

/** Only AES-GCM has both: WebCrypto does it, and the boundaries of its packets are known ahead. */
const PREFERRED_CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"] as const;

/**
 * The cryptography of browsers and workers for SSH connections: large packets of AES-GCM go to WebCrypto, several at a time;
 * small ones and everything else stay with `fallback`, which answers at once. AES-GCM is offered first.
 *
 * @param subtle `crypto.subtle`; browsers have it only where the page came by HTTPS
 * @param fallback a complete provider, such as `nobleProvider`
 * @example
 * const provider = webCryptoProvider(crypto.subtle, nobleProvider);
 * const connection = await connectSsh(socket, { ...options, provider });
 */
export function webCryptoProvider(
  subtle: WebSubtle,
  fallback: CryptoProvider,
  { leastBytes = DEFAULT_LEAST_BYTES }: WebCryptoOptions = {},
): CryptoProvider {
  return {
    ...fallback,
    name: "WebCrypto",
    preferredCiphers: PREFERRED_CIPHERS,
    aesGcm: (key) => withLater(fallback.aesGcm(key), webGcm(subtle, key, leastBytes)),
  };
}

type GcmKey = ReturnType<CryptoProvider["aesGcm"]>;

/** The same key with a second half. It may be an object of a class: its methods are called on itself. */
function withLater(gcm: GcmKey, later: NonNullable<GcmKey["later"]>): GcmKey {
  return {
    seal: (...plain) => gcm.seal(...plain),
    open: (...sealed) => gcm.open(...sealed),
    ...(gcm.openApart !== undefined && { openApart: (...sealed) => gcm.openApart?.(...sealed) }),
    later,
    destroy: () => gcm.destroy(),
  };
}

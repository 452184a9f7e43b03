/**
 * What is used of `crypto.subtle` (W3C Web Cryptography API), described here so that neither this package nor its users
 * need the types of a browser. Every runtime's own object fits.
 */
export interface WebSubtle {
  importKey(
    format: "raw",
    key: WebBytes,
    algorithm: WebAlgorithm,
    extractable: boolean,
    usages: ("encrypt" | "decrypt")[],
  ): Promise<WebKey>;
  importKey(
    format: "jwk",
    key: WebJwk,
    algorithm: WebAlgorithm,
    extractable: boolean,
    usages: "sign"[],
  ): Promise<WebKey>;
  exportKey(format: "jwk", key: WebKey): Promise<WebJwk>;
  encrypt(algorithm: WebGcm, key: WebKey, bytes: WebBytes): Promise<ArrayBuffer>;
  decrypt(algorithm: WebGcm, key: WebKey, bytes: WebBytes): Promise<ArrayBuffer>;
  sign(algorithm: WebAlgorithm, key: WebKey, data: WebBytes): Promise<ArrayBuffer>;
}

/** WebCrypto takes no shared memory. */
export type WebBytes = Uint8Array<ArrayBuffer>;

/** Bytes for WebCrypto. The memory of packets, keys and messages is never shared here. */
export function webBytes(bytes: Uint8Array): WebBytes {
  return bytes as WebBytes; // should it be shared after all, WebCrypto refuses it
}

/** A `CryptoKey`. */
export interface WebKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: {
    readonly name: string;
    /** Of RSA keys. */
    readonly hash?: { readonly name: string };
    /** Of ECDSA keys. */
    readonly namedCurve?: string;
  };
}

/** A JSON Web Key (RFC 7517, 7518, 8037). */
export interface WebJwk {
  kty?: string;
  crv?: string;
  n?: string;
  e?: string;
  d?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  x?: string;
  y?: string;
}

export interface WebAlgorithm {
  name: string;
  hash?: string;
  namedCurve?: string;
}

interface WebGcm {
  name: "AES-GCM";
  iv: WebBytes;
  additionalData: WebBytes;
  tagLength: 128;
}

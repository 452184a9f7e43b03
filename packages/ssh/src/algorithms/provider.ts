/**
 * The cryptography that SSH needs, behind one small synchronous interface. Everything above it (packet ciphers, key
 * exchange, signatures) is composed from these primitives, so a native provider replaces the slow parts and nothing else.
 *
 * Rules for every implementation: an answer about a peer's data (a tag, a signature, a public value) is `true` or bytes
 * only when everything was right; wrong data gives `false` or `undefined` and never an exception.
 */
export interface CryptoProvider {
  readonly name: string;
  /**
   * Names of ciphers, the fastest first. The default lists put these in front, in this order; a list that the caller
   * gives stays as it is. Default: the order of the preset, which suits plain JavaScript.
   */
  readonly preferredCiphers?: readonly string[];
  hash(name: HashName, data: Uint8Array): Uint8Array;
  createHash(name: HashName): IncrementalHash;
  hmacKey(name: HashName, key: Uint8Array): HmacKey;
  /** AES in counter mode (RFC 4344 §4); the key has 16, 24 or 32 bytes, the counter block 16. */
  aesCtr(key: Uint8Array, counterBlock: Uint8Array): StreamCipher;
  /** AES-GCM with 96-bit nonces and 128-bit tags (RFC 5647); the key has 16 or 32 bytes. */
  aesGcm(key: Uint8Array): GcmKey;
  /** The original ChaCha20: 32-byte key, 64-bit nonce, 64-bit block counter. */
  chacha20(key: Uint8Array): ChachaKey;
  /** The one-time authenticator of RFC 8439 §2.5; the key has 32 bytes, the tag 16. */
  poly1305(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Takes back the whole plain text of an `openApart`, which nobody looks at any more; leaves all other memory alone. */
  recycle?(bytes: Uint8Array): void;
  keyAgreement(name: KeyAgreementName): KeyAgreement;
  kem(name: KemName): Kem;
  signature(name: SignatureName): SignatureScheme;
}

/** A hash that a provider computes. */
export type HashName = "sha1" | "sha256" | "sha384" | "sha512";
/** A group that a provider agrees on keys in. */
export type KeyAgreementName = "x25519" | "nistp256" | "nistp384" | "nistp521";
/** A key encapsulation that a provider has. */
export type KemName = "mlkem768";
/** A kind of signature that a provider makes and checks. */
export type SignatureName = "ed25519" | "nistp256" | "nistp384" | "nistp521";

/** A source of cryptographically strong random bytes: `random(n)` gives `n` new bytes. */
export type RandomSource = (length: number) => Uint8Array;

/** A hash of what comes piece by piece. */
export interface IncrementalHash {
  update(data: Uint8Array): IncrementalHash;
  digest(): Uint8Array;
}

/** A key whose schedule is done once and used for every packet. */
export interface HmacKey {
  readonly tagLength: number;
  /** HMAC over `first`, then `second`. */
  compute(first: Uint8Array, second?: Uint8Array): Uint8Array;
  destroy(): void;
}

/** A key stream that goes on from call to call. */
export interface StreamCipher {
  /** Encrypts or decrypts in place. All calls but the last one have a multiple of 16 bytes. */
  process(bytes: Uint8Array): void;
  destroy(): void;
}

/** AES-GCM with one key. */
export interface GcmKey {
  /** Encrypts `bytes` in place and stores 16 bytes in `tag`. */
  seal(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): void;
  /** Decrypts in place, but only when the tag is right; otherwise `bytes` stays as it was and the answer is `false`. */
  open(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): boolean;
  /**
   * The same into memory of its own, where that saves a copy: `bytes` stays as it is. The plain text only when the tag is
   * right, otherwise `undefined`.
   */
  openApart?(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array, tag: Uint8Array): Uint8Array | undefined;
  /** The same key where the runtime has it and answers later, several questions at a time. */
  readonly later?: LaterGcm;
  destroy(): void;
}

/**
 * AES-GCM that the runtime computes aside, for large packets. Arguments are read only, and stay as they are until the
 * answer is there. A rejected promise says that the runtime could not do it at all; it ends the connection.
 */
export interface LaterGcm {
  /** Packets with fewer bytes than this are quicker done at once. */
  readonly leastBytes: number;
  /** The encrypted bytes, then 16 bytes of tag. */
  seal(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>;
  /** `bytes` ends with the tag. The plain text only when the tag is right, otherwise `undefined`. */
  open(nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array): Promise<Uint8Array | undefined>;
}

/** ChaCha20 with one key. */
export interface ChachaKey {
  /** Xors the key stream of an 8-byte nonce, from the given 64-byte block on, into `bytes`. */
  process(nonce: Uint8Array, blockCounter: number, bytes: Uint8Array): void;
  destroy(): void;
}

/** A secret key and its public one. */
export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Diffie-Hellman on a curve. Public keys: 32 bytes for x25519, the uncompressed point for NIST curves. */
export interface KeyAgreement {
  readonly publicKeyLength: number;
  generate(random: RandomSource): KeyPair;
  /** The shared X coordinate at its full length; `undefined` for a wrong length, an invalid point or an all-zero result. */
  sharedSecret(secretKey: Uint8Array, peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** A key encapsulation mechanism (FIPS 203). */
export interface Kem {
  readonly publicKeyLength: number;
  readonly ciphertextLength: number;
  generate(random: RandomSource): KeyPair;
  /** `undefined` when the public key is not a valid one. */
  encapsulate(
    publicKey: Uint8Array,
    random: RandomSource,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined;
  /** `undefined` for a ciphertext of a wrong length. */
  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined;
}

/** A signature scheme with raw keys. Secret keys have 32, 48 or 66 bytes; signatures are R||S, twice as many. */
export interface SignatureScheme {
  readonly secretKeyLength: number;
  readonly publicKeyLength: number;
  readonly signatureLength: number;
  generate(random: RandomSource): KeyPair;
  /** `undefined` when the secret key is out of range. */
  publicKey(secretKey: Uint8Array): Uint8Array | undefined;
  sign(secretKey: Uint8Array, data: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean;
}

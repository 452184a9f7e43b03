import type { CryptoProvider, HashName, RandomSource } from "../provider.ts";

/**
 * A key exchange whose client sends one public value (message 30) and whose server answers with host key, public value
 * and signature (message 31). Wrong values of the peer throw `key-exchange-failed`.
 */
export interface KexAlgorithm {
  readonly name: string;
  /** The hash of the exchange hash and of the key derivation. */
  readonly hash: HashName;
  start(provider: CryptoProvider, random: RandomSource): KexStart;
  respond(provider: CryptoProvider, random: RandomSource, clientPublic: Uint8Array): KexResponse;
}

/** The client's half: its public value is on the way, its secret is kept inside until `finish`. */
export interface KexStart {
  readonly publicValue: Uint8Array;
  finish(serverPublic: Uint8Array): SharedSecret;
}

/** The server's half is done in one step. */
export interface KexResponse {
  readonly publicValue: Uint8Array;
  readonly secret: SharedSecret;
}

/** K as it enters the exchange hash and the key derivation: its length prefix included, as mpint or as string. */
export interface SharedSecret {
  readonly encoded: Uint8Array;
}

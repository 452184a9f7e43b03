import type { CryptoProvider, HashName, RandomSource } from "../provider.ts";

/** A key exchange method. Wrong values of the peer throw `key-exchange-failed`. */
export type KexAlgorithm = PublicValueKex | GroupExchangeKex;

/**
 * The client sends one public value (message 30), the server answers with host key, public value and signature
 * (message 31).
 */
export interface PublicValueKex {
  readonly kind: "public-values";
  readonly name: string;
  /** Comes from `legacy.ts`, and is named in the negotiated result. */
  readonly legacy?: boolean;
  /** The hash of the exchange hash and of the key derivation. */
  readonly hash: HashName;
  start(provider: CryptoProvider, random: RandomSource): KexStart;
  respond(provider: CryptoProvider, random: RandomSource, clientPublic: Uint8Array): KexResponse;
}

/**
 * RFC 4419, client side only: the client says which size it wants (message 34), the server chooses the group (31), then
 * the public values follow (32, 33). A server never offers such a method.
 */
export interface GroupExchangeKex {
  readonly kind: "group-exchange";
  readonly name: string;
  /** Comes from `legacy.ts`, and is named in the negotiated result. */
  readonly legacy?: boolean;
  readonly hash: HashName;
  /** What the client asks for. */
  readonly request: GroupRequest;
  /** Checks the server's choice, given as the bytes of two mpints, and makes the client's half. */
  start(random: RandomSource, prime: Uint8Array, generator: Uint8Array): KexStart;
}

/** Bits of the prime (RFC 4419 §3). */
export interface GroupRequest {
  readonly min: number;
  readonly preferred: number;
  readonly max: number;
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

import { SshError } from "../../errors.ts";
import { bigIntToBytes, bytesToBigInt } from "../../wire/reader.ts";
import { SshWriter } from "../../wire/writer.ts";
import { modPow } from "../mod-pow.ts";
import type { RandomSource } from "../provider.ts";
import type { KexStart, SharedSecret } from "./kex-algorithm.ts";

/** A group of the integers modulo a prime. */
export interface DhGroup {
  readonly prime: bigint;
  readonly generator: bigint;
}

/** One side's half of a Diffie-Hellman exchange (RFC 4253 §8). `name` is for error messages. */
export function startDiffieHellman(name: string, { prime, generator }: DhGroup, random: RandomSource): KexStart {
  const secret = random(EXPONENT_BYTES);
  const exponent = bytesToBigInt(secret);
  secret.fill(0);
  const own = modPow(generator, exponent, prime);
  // In a group of the server's choice the generator may be a poor one.
  requireInside(name, own, prime);
  return {
    publicValue: encodeNumber(own, prime),
    finish: (peerPublic) => {
      const peer = decodeNumber(name, peerPublic);
      // RFC 4253 §8: values outside 1..p-1 MUST NOT be accepted; 1 and p-1 would make K known to everybody.
      requireInside(name, peer, prime);
      const shared = modPow(peer, exponent, prime);
      // Only in a group that is none can it come to this.
      requireInside(name, shared, prime);
      return encodeSecret(shared, prime);
    },
  };
}

/** The number in the bytes of an mpint; superfluous zeros are tolerated. Throws for negative and for endless ones. */
export function decodeNumber(name: string, bytes: Uint8Array): bigint {
  if (bytes.length > MAX_NUMBER_BYTES) throw unusable(name, `a number of ${bytes.length} bytes`);
  if ((bytes[0] ?? 0) >= 0x80) throw unusable(name, "a negative number");
  return bytesToBigInt(bytes);
}

export function unusable(name: string, what: string): SshError {
  return new SshError("key-exchange-failed", `"${name}": the peer's value is not usable: ${what}`);
}

/*
 * An exponent needs twice the bits of the security that is wanted (RFC 4419 §6.2, OpenSSH). The strongest cipher here
 * has 256 bits, the strongest group 8192 bit and hardly 200, so 512 is enough for all; longer ones would only cost time.
 */
const EXPONENT_BYTES = 64;

/** 8192 bit, its sign byte, and some zeros. */
const MAX_NUMBER_BYTES = 1040;

function requireInside(name: string, value: bigint, prime: bigint): void {
  if (value <= 1n || value >= prime - 1n) throw unusable(name, "it is not between 1 and p-1");
}

/** The bytes of the mpint, without its length: the message puts that in front, as it does for a string. */
function encodeNumber(value: bigint, prime: bigint): Uint8Array {
  return new SshWriter().mpint(numberBytes(value, prime)).take().subarray(4);
}

function encodeSecret(value: bigint, prime: bigint): SharedSecret {
  const bytes = numberBytes(value, prime);
  const encoded = new SshWriter(bytes.length + 5).mpint(bytes).take();
  bytes.fill(0);
  return { encoded };
}

function numberBytes(value: bigint, prime: bigint): Uint8Array {
  return bigIntToBytes(value, Math.ceil(prime.toString(16).length / 2));
}

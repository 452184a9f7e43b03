import type { CipherAlgorithm, MacAlgorithm } from "../algorithms/packet-cipher.ts";
import type { AlgorithmPreferences } from "../algorithms/registry.ts";
import type { KexInit } from "../messages/kex.ts";
import { makeKexInit, negotiate } from "./negotiate.ts";
import { strictKexIndicators } from "./strict-kex.ts";

/*
 * Terrapin (CVE-2023-48795): without the strict key exchange somebody in the middle can cut packets off the start of the
 * encrypted traffic, unnoticed where a packet is protected by nothing but its number: chacha20-poly1305 and the
 * encrypt-then-MAC modes. So what a client offers depends on its server:
 *
 *   the server is strict                        the order as it was given
 *   it is not strict                            fragile algorithms last, so that any other in common goes before them
 *   it waits for our KEXINIT with its own       the same
 *   it is not strict and has fragile ones only  they are used; `strictKex: false` in the result says so
 *
 * The client's order decides (RFC 4253 §7.1), and both KEXINITs are signed by the server, so nobody in the middle can make
 * a strict server look otherwise. A server cannot do the same: its order does not matter.
 */

/** Whether it matters to a client to know its server first. */
export function dependsOnServer(offer: AlgorithmPreferences): boolean {
  return !isLastWhere(offer.cipher, isFragileCipher) || !isLastWhere(offer.mac, isFragileMac);
}

/** What a client offers in its first KEXINIT; `server` is that of the server, if it came first. */
export function offerTo(server: KexInit | undefined, offer: AlgorithmPreferences): AlgorithmPreferences {
  if (server?.kexAlgorithms.includes(strictKexIndicators.server)) return offer;
  const cautious = cautiousOrder(offer);
  if (server === undefined) return cautious;
  // Ciphers and MACs are chosen apart: an unfragile cipher for which there is no MAC in common is no alternative.
  return agrees(cautious, server) ? cautious : offer;
}

/** Fragile algorithms last; otherwise the order stays. */
export function cautiousOrder(offer: AlgorithmPreferences): AlgorithmPreferences {
  return {
    ...offer,
    cipher: lastWhere(offer.cipher, isFragileCipher),
    mac: lastWhere(offer.mac, isFragileMac),
  };
}

function isFragileCipher({ numberIsNonce }: CipherAlgorithm): boolean {
  return numberIsNonce === true;
}

function isFragileMac({ encryptThenMac }: MacAlgorithm): boolean {
  return encryptThenMac;
}

function lastWhere<T>(list: readonly T[], last: (item: T) => boolean): readonly T[] {
  return [...list.filter((item) => !last(item)), ...list.filter(last)];
}

/** Whether `lastWhere` would leave the list as it is. */
function isLastWhere<T>(list: readonly T[], last: (item: T) => boolean): boolean {
  const first = list.findIndex(last);
  return first < 0 || list.every((item, at) => at < first || last(item));
}

function agrees(offer: AlgorithmPreferences, server: KexInit): boolean {
  try {
    negotiate("client", offer, makeKexInit("client", offer, new Uint8Array(16), true), server);
    return true;
  } catch {
    return false;
  }
}

import type { HashName } from "../provider.ts";
import { type DhGroup, decodeNumber, startDiffieHellman, unusable } from "./diffie-hellman.ts";
import type { GroupExchangeKex, GroupRequest } from "./kex-algorithm.ts";

// 3072 bit is as strong as AES-128. The largest size bounds what a server can make us compute.
const request: GroupRequest = { min: 2048, preferred: 3072, max: 8192 };

/** RFC 4419 §4.2, with the least size that is still sound (RFC 8270 §3). */
export const groupExchangeSha256: GroupExchangeKex = /* @__PURE__ */ groupExchangeKex(
  "diffie-hellman-group-exchange-sha256",
  "sha256",
);

export function groupExchangeKex(name: string, hash: HashName): GroupExchangeKex {
  return {
    kind: "group-exchange",
    name,
    hash,
    request,
    start: (random, prime, generator) => startDiffieHellman(name, checkedGroup(name, prime, generator), random),
  };
}

/**
 * What can be said about a group without proving p prime. The server signs p and g with its host key, so only the server
 * itself could choose badly, and it knows the secret anyway.
 */
function checkedGroup(name: string, primeBytes: Uint8Array, generatorBytes: Uint8Array): DhGroup {
  const prime = decodeNumber(name, primeBytes);
  const generator = decodeNumber(name, generatorBytes);
  const bits = prime.toString(2).length;
  // RFC 4419 §3: "if the client does not like the returned group, it MAY disconnect".
  if (bits < request.min || bits > request.max)
    throw unusable(name, `its prime has ${bits} bits, not ${request.min} to ${request.max}`);
  if (prime % 2n === 0n) throw unusable(name, "its prime is even");
  if (generator < 2n || generator > prime - 2n) throw unusable(name, "its generator is not in 2..p-2");
  return { prime, generator };
}

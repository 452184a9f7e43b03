import { SshError } from "../errors.ts";
import type { KexInit } from "../messages/kex.ts";
import type { Role } from "./legal-messages.ts";

declare const strictKexBrand: unique symbol;

/**
 * Evidence that both sides run the strict key exchange: nothing could be slipped in before the first NEWKEYS, and
 * sequence numbers start again at 0 with every NEWKEYS. Made in this file only.
 */
export interface StrictKex {
  readonly [strictKexBrand]: true;
}

/** What each side adds to its kex algorithms, in its first KEXINIT only. */
export const strictKexIndicators: Readonly<Record<Role, string>> = {
  client: "kex-strict-c-v00@openssh.com",
  server: "kex-strict-s-v00@openssh.com",
};

/**
 * Looks at the two first KEXINITs. `peerSequence` is the packet number of the peer's.
 * Throws `strict-kex-violation` when both sides are strict and something came before the peer's KEXINIT.
 */
export function agreeStrictKex(client: KexInit, server: KexInit, peerSequence: number): StrictKex | undefined {
  const agreed =
    client.kexAlgorithms.includes(strictKexIndicators.client) &&
    server.kexAlgorithms.includes(strictKexIndicators.server);
  if (!agreed) return undefined;
  // draft-ietf-sshm-strict-kex §3: KEXINIT has to be the first packet (CVE-2023-48795).
  if (peerSequence !== 0)
    throw new SshError(
      "strict-kex-violation",
      `strict key exchange: ${peerSequence} packets came before the peer's first SSH_MSG_KEXINIT`,
      { phase: "key exchange" },
    );
  // The one place where the evidence is made.
  return {} as StrictKex;
}

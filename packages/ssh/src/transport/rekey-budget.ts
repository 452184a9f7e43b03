import { SshError } from "../errors.ts";

/** Key exchanges that a peer may ask for at once. */
const BURST = 32;
/** Milliseconds for one more. */
const REFILL = 2000;
/** A key exchange after so many bytes, both directions together, is paid for by them. */
const FREE_AFTER_BYTES = 32 * 1024;

/**
 * How often a peer may ask for new keys: a key exchange costs us a hundred times what it costs to ask for one. One after
 * some traffic is always welcome, however short the peer's own limit (`RekeyLimit` of OpenSSH) may be.
 */
export class RekeyBudget {
  #left = BURST;
  #at = 0;

  /** The peer begins a key exchange. `bytes`: what the present keys have carried. Throws `limit-exceeded`. */
  spend(now: number, bytes: number): void {
    if (bytes >= FREE_AFTER_BYTES) return;
    this.#left = Math.min(BURST, this.#left + Math.max(0, now - this.#at) / REFILL);
    this.#at = now;
    if (this.#left < 1)
      throw new SshError(
        "limit-exceeded",
        `exchanging keys: the peer asks for new ones too often, more than ${BURST} times without traffic`,
        { phase: "key exchange" },
      );
    this.#left--;
  }
}

import { SshError } from "../errors.ts";
import type { TransportLimits } from "./limits.ts";
import { type Stage, stageName } from "./stage.ts";

/** How much a peer may send: before it has logged in, and while an answer of ours is due. */
export class InputAllowance {
  readonly #limits: TransportLimits;
  #beforeLogin = 0;

  constructor(limits: TransportLimits) {
    this.#limits = limits;
  }

  /** A packet of so many bytes has come before the login was complete. Throws `limit-exceeded`. */
  spendBeforeLogin(bytes: number, stage: Stage): void {
    this.#beforeLogin += bytes;
    const { maxBytesBeforeLogin } = this.#limits;
    if (this.#beforeLogin > maxBytesBeforeLogin)
      throw new SshError("limit-exceeded", `receiving: more than ${maxBytesBeforeLogin} bytes came before the login`, {
        phase: stageName(stage),
      });
  }

  /** So many bytes wait for an answer of ours. Throws `limit-exceeded`. */
  checkWaiting(bytes: number, stage: Stage): void {
    const { maxWaitingInputBytes } = this.#limits;
    if (bytes > maxWaitingInputBytes)
      throw new SshError(
        "limit-exceeded",
        `receiving: more than ${maxWaitingInputBytes} bytes came while an answer of ours was due`,
        { phase: stageName(stage) },
      );
  }
}

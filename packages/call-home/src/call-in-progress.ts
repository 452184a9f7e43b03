import { asError, NetconfError } from "@netconf-kit/core";
import type { CallJudge, JudgedBy, JudgedCall } from "./call-judge.ts";
import type { Identified } from "./identify.ts";
import type { PeerEvidence } from "./identify-evidence.ts";

export interface CallInProgressOptions<Credentials> extends JudgedBy<Credentials> {
  readonly judge: CallJudge<Credentials>;
  readonly about: Omit<JudgedCall, "evidence">;
  readonly needsCredentials: boolean;
}

/** One connection on its way to a session: asks the judge who it is, once, and tells him how it went on. */
export class CallInProgress<Credentials> {
  readonly #options: CallInProgressOptions<Credentials>;
  #judged: { readonly call: JudgedCall; readonly identified: Identified<Credentials> } | undefined;
  #refusal: Error | undefined;

  constructor(options: CallInProgressOptions<Credentials>) {
    this.#options = options;
  }

  /** @throws IdentityError for a peer that is not welcome */
  async identify(evidence: PeerEvidence): Promise<Identified<Credentials>> {
    if (this.#judged !== undefined) throw new NetconfError("invalid-argument", "a connection was identified twice");
    const { judge, about, needsCredentials, ...by } = this.#options;
    const call = { ...about, evidence };
    try {
      const identified = await judge.judge(call, by, needsCredentials);
      this.#judged = { call, identified };
      return identified;
    } catch (error) {
      this.#refusal = asError(error);
      throw this.#refusal;
    }
  }

  /** The transport is through. @throws NetconfError when it has not asked who calls, or a first key cannot be kept */
  async loggedIn(): Promise<Identified<Credentials>> {
    if (this.#judged === undefined) throw new NetconfError("unknown-identity", "the transport has not asked who calls");
    const { call, identified } = this.#judged;
    await this.#options.judge.loggedIn(call, identified);
    return identified;
  }

  keysProved(fingerprints: readonly string[]): void {
    if (this.#judged === undefined) return;
    void this.#options.judge.keysProved(this.#judged.call, this.#judged.identified, fingerprints);
  }

  /** It is over. Gives the reason: an error of the transport only says that somebody refused. */
  failed(error: Error, loginRefused: boolean): Error {
    if (this.#judged !== undefined && loginRefused)
      this.#options.judge.loginRefused(this.#judged.call, this.#judged.identified, error);
    return this.#refusal ?? error;
  }

  /** Another call may take its place. */
  end(): void {
    if (this.#judged !== undefined) this.#options.judge.end(this.#judged.identified);
  }
}

import { SshError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import { printable } from "../wire/printable.ts";
import type { AuthenticationMethodName } from "./authenticated.ts";
import type { AuthenticationMethod } from "./client-methods.ts";

/** One method that did not complete the login. */
export interface FailedAttempt {
  readonly method: AuthenticationMethodName;
  /** What the server would accept next (RFC 4252 §5.1), when it has said so. */
  readonly serverOffers?: readonly string[];
  /** The method was right; the server wants another one as well. */
  readonly partialSuccess?: boolean;
  /** Why the method was given up without an answer of the server. */
  readonly problem?: string;
}

/** Which methods are left, in the order of the user, as far as the server offers them. */
export class LoginPlan {
  readonly username: string;
  /** How many keys there are to choose from. */
  readonly keyCount: number;
  readonly #left: AuthenticationMethod[];
  readonly #attempts: FailedAttempt[] = [];
  #serverOffers: readonly string[] | undefined;

  constructor(username: string, methods: readonly AuthenticationMethod[]) {
    this.username = username;
    this.#left = [...methods];
    this.keyCount = methods.filter(({ method }) => method === "publickey").length;
  }

  /** Takes the next method that is worth a request. */
  next(): AuthenticationMethod | undefined {
    const at = this.#left.findIndex(({ method }) => this.#offered(method));
    return at < 0 ? undefined : this.#left.splice(at, 1)[0];
  }

  record(attempt: FailedAttempt): void {
    this.#attempts.push(attempt);
    this.#serverOffers = attempt.serverOffers ?? this.#serverOffers;
  }

  /** The best signature algorithm of a key that the server takes; its best one when the server has not said. */
  signatureAlgorithm(key: Signer, accepted: readonly string[] | undefined): string {
    const [best] = key.algorithms;
    if (best === undefined) throw new SshError("local-usage", "logging in: a key has no signature algorithm");
    // RFC 8308 §3.1: servers that do not list everything exist, so an empty intersection is no reason to give up.
    return key.algorithms.find((name) => accepted?.includes(name)) ?? best;
  }

  /** Everything has been tried. */
  failure(): SshError {
    const tried = this.#attempts.map(describeAttempt).join(", ");
    const offers = this.#serverOffers;
    const left =
      offers === undefined ? "the server has not said what it offers" : `the server still offers "${offers.join(",")}"`;
    return new SshError(
      "authentication-failed",
      `logging in as "${printable(this.username)}": ${tried === "" ? "no method to try" : `tried ${tried}`}; ${left}`,
      offers === undefined ? { phase: "authentication" } : { phase: "authentication", serverOffers: offers },
    );
  }

  #offered(method: AuthenticationMethodName): boolean {
    // RFC 4252 §5.2: "none" is never listed.
    return this.#serverOffers === undefined || method === "none" || this.#serverOffers.includes(method);
  }
}

function describeAttempt({ method, partialSuccess, problem }: FailedAttempt): string {
  if (partialSuccess === true) return `${method} (accepted, not enough)`;
  return problem === undefined ? method : `${method} (${problem})`;
}

import type { Clock } from "@netconf-kit/socket";
import type { XmlElement } from "@netconf-kit/xml";
import { protocolError, refuse } from "./config-error.ts";

/** RFC 6470 §2.2, confirm-event. */
export type ConfirmEvent = "start" | "cancel" | "timeout" | "extend" | "complete";

/** RFC 6241 §8.4.5.1. */
export interface CommitParameters {
  readonly confirmed?: boolean;
  /** Seconds. Default 600. */
  readonly confirmTimeout?: number;
  readonly persist?: string;
  readonly persistId?: string;
}

/** RFC 6241 §8.4.1. */
const DEFAULT_CONFIRM_TIMEOUT = 600;

interface Waiting {
  /** Running before the first of the confirmed commits. */
  readonly before: XmlElement;
  readonly sessionId: number;
  readonly persist: string | undefined;
  readonly cancelTimer: () => void;
}

/**
 * The confirmed commit that waits for its confirmation, if there is one (RFC 6241 §8.4):
 *
 *   none ──commit confirmed──▶ waiting ──commit confirmed──▶ waiting (timer set anew)
 *     ▲                           └──commit, cancel-commit, timer, end of session──┐
 *     └────────────────────────────────────────────────────────────────────────────┘
 */
export class ConfirmedCommit {
  readonly #clock: Clock;
  readonly #onTimer: (isWaiting: () => boolean) => void;
  #waiting: Waiting | undefined;

  /** `isWaiting`: false once the commit was confirmed, or its timer set anew, while the callback stood in a queue. */
  constructor(clock: Clock, onTimer: (isWaiting: () => boolean) => void) {
    this.#clock = clock;
    this.#onTimer = onTimer;
  }

  /** The session whose confirmed commit is waiting. */
  get waitingFor(): number | undefined {
    return this.#waiting?.sessionId;
  }

  endsWith(sessionId: number): boolean {
    return this.#waiting !== undefined && this.#waiting.persist === undefined && this.#waiting.sessionId === sessionId;
  }

  /** Whether this request goes on with a waiting commit. Refuses one that may not (RFC 6241 §8.4.1). */
  admit(by: { readonly sessionId: number }, persistId: string | undefined, what: string): boolean {
    const waiting = this.#waiting;
    if (persistId !== undefined && waiting?.persist !== persistId) {
      refuse(protocolError("invalid-value", `cannot ${what}: no confirmed commit waits for this persist-id`));
    }
    if (waiting === undefined) return false;
    if (waiting.persist !== undefined && persistId === undefined) {
      refuse(
        protocolError("in-use", `cannot ${what}: a persistent confirmed commit waits, and no persist-id is given`),
      );
    }
    if (waiting.persist === undefined) this.requireOwner(by, what);
    return true;
  }

  requireOwner(by: { readonly sessionId: number }, what: string): void {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.sessionId === by.sessionId) return;
    refuse(protocolError("in-use", `cannot ${what}: a confirmed commit of session ${waiting.sessionId} is waiting`));
  }

  /** Starts waiting, or waits anew. A follow-up without `persist` keeps the token it was admitted with. Gives the seconds. */
  begin(by: { readonly sessionId: number }, parameters: CommitParameters, running: XmlElement): number {
    const seconds = parameters.confirmTimeout ?? DEFAULT_CONFIRM_TIMEOUT;
    const before = this.#waiting?.before ?? running;
    const persist = parameters.persist ?? this.#waiting?.persist;
    this.#waiting?.cancelTimer();
    const cancelTimer = this.#clock.schedule(this.#clock.now() + seconds * 1000, () =>
      this.#onTimer(() => this.#waiting === waiting),
    );
    const waiting: Waiting = { before, sessionId: by.sessionId, persist, cancelTimer };
    this.#waiting = waiting;
    return seconds;
  }

  /** Waits no longer. Gives the configuration to go back to. */
  end(): XmlElement | undefined {
    const before = this.#waiting?.before;
    this.#waiting?.cancelTimer();
    this.#waiting = undefined;
    return before;
  }
}

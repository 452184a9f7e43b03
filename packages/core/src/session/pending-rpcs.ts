import { NetconfError, quoted } from "../errors.ts";

/** Requests without an answer, oldest first. Gives out the message-ids: "1", "2", … */
export class PendingRpcs {
  readonly #waiting = new Map<string, "wanted" | "abandoned">();
  readonly #limit: number;
  #last = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @throws NetconfError `limit-pending-rpcs` */
  add(): string {
    if (this.#waiting.size >= this.#limit) {
      const counts = `${this.#waiting.size} requests wait for their replies, the limit is ${this.#limit}`;
      throw new NetconfError("limit-pending-rpcs", `cannot send another request: ${counts}`);
    }
    const messageId = String(++this.#last);
    this.#waiting.set(messageId, "wanted");
    return messageId;
  }

  /** The request has not been sent after all. */
  forget(messageId: string): void {
    this.#waiting.delete(messageId);
  }

  /** Nobody waits for this reply any more. It may still come, and is then dropped. */
  abandon(messageId: string): void {
    if (this.#waiting.has(messageId)) this.#waiting.set(messageId, "abandoned");
  }

  /** Whether somebody still waits for this reply. */
  wants(messageId: string): boolean {
    return this.#waiting.get(messageId) === "wanted";
  }

  /**
   * Takes out the request that a reply answers. RFC 6241 §4.2: the message-id is that of the request.
   *
   * @throws NetconfError `unknown-message-id`
   */
  settle(messageId: string): "wanted" | "abandoned" {
    const state = this.#waiting.get(messageId);
    if (state === undefined) {
      const waiting = this.#waiting.size === 0 ? "no request is waiting" : `${this.#waiting.size} requests are waiting`;
      throw new NetconfError(
        "unknown-message-id",
        `cannot match a reply: its message-id is ${quoted(messageId)}, and ${waiting}, none with that id`,
      );
    }
    this.#waiting.delete(messageId);
    return state;
  }

  /** RFC 6241 §4.5: replies come in the order of the requests, so a reply without a message-id answers the oldest. */
  oldest(): string | undefined {
    const [first] = this.#waiting.keys();
    return first;
  }
}

import { SshError } from "../errors.ts";

/** RFC 4254 §5.2: a window never exceeds 2^32 - 1 bytes. */
const MAX_WINDOW = 0xffffffff;

/** What the peer may still send on a channel. Credit is given for nothing but bytes that the consumer has taken. */
export class ReceiveWindow {
  readonly #size: number;
  #remaining: number;
  #consumed = 0;

  constructor(size: number) {
    this.#size = size;
    this.#remaining = size;
  }

  /** The peer has sent `bytes`. Throws `channel-window-exceeded` when that is more than it was allowed. */
  receive(bytes: number): void {
    if (bytes > this.#remaining)
      throw new SshError(
        "channel-window-exceeded",
        `receiving on a channel: ${bytes} bytes came where the window allows ${this.#remaining}`,
        { phase: "connection" },
      );
    this.#remaining -= bytes;
  }

  /** The consumer has taken `bytes`. Gives the credit to announce, or 0 while it is not worth a message. */
  consume(bytes: number): number {
    this.#consumed += bytes;
    if (this.#consumed * 2 < this.#size) return 0;
    const credit = this.#consumed;
    this.#consumed = 0;
    this.#remaining += credit;
    return credit;
  }
}

/** What we may still send on a channel. */
export class SendWindow {
  #available: number;

  constructor(initial: number) {
    this.#available = initial;
  }

  get available(): number {
    return this.#available;
  }

  /** Throws `channel-protocol` when the peer opens the window beyond what the protocol can count. */
  add(bytes: number): void {
    // Numbers below 2^53 add up exactly, so the overflow is seen and not wrapped.
    if (this.#available + bytes > MAX_WINDOW)
      throw new SshError(
        "channel-protocol",
        `adjusting a window: ${this.#available} and ${bytes} bytes exceed 2^32 - 1`,
        { phase: "connection" },
      );
    this.#available += bytes;
  }

  /** The caller sends `bytes`, which are available. */
  spend(bytes: number): void {
    this.#available -= bytes;
  }
}

import type { DuplexSocket } from "@netconf-kit/socket";

/** What a device may say before a browser listens: an SSH version and a KEXINIT are far less. */
const MAX_HELD = 64 * 1024;

/**
 * A device that waits for a browser. What it says meanwhile is kept, because only who reads notices that it hangs up; and so it is
 * let go when it says more than that. Once `take()`n it is its socket again, with what was kept in front.
 */
export class HeldDevice implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #socket: DuplexSocket;
  readonly #kept: Uint8Array[] = [];
  #length = 0;
  /** A read that was begun while it waited. */
  #ahead: Promise<Uint8Array | undefined> | undefined;
  #taken = false;

  /** `onSpoken` is called once, at its first byte; `onGone` when it cannot wait any longer. */
  constructor(
    socket: DuplexSocket,
    { onSpoken, onGone }: { readonly onSpoken: () => void; readonly onGone: (how: "hung-up" | "too-much") => void },
  ) {
    this.#socket = socket;
    this.remote = socket.remote ?? "an unknown address";
    this.closed = socket.closed;
    this.#hold(onSpoken).then(
      (how) => how !== undefined && onGone(how),
      () => onGone("hung-up"),
    );
  }

  take(): DuplexSocket {
    this.#taken = true;
    return this;
  }

  async read(): Promise<Uint8Array | undefined> {
    const kept = this.#kept.shift();
    if (kept !== undefined) return kept;
    const ahead = this.#ahead ?? this.#socket.read();
    this.#ahead = undefined;
    return ahead;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#socket.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  close(reason?: Error): Promise<void> {
    this.#taken = true;
    return this.#socket.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Why it cannot wait any longer; `undefined` when it was taken. */
  async #hold(onSpoken: () => void): Promise<"hung-up" | "too-much" | undefined> {
    while (this.#length < MAX_HELD) {
      const ahead = this.#socket.read();
      this.#ahead = ahead;
      const chunk = await ahead.catch((error: unknown) => {
        if (this.#taken) return undefined; // whoever reads is told
        throw error;
      });
      if (this.#taken) return undefined;
      this.#ahead = undefined;
      if (chunk === undefined) return "hung-up";
      this.#kept.push(chunk);
      this.#length += chunk.length;
      if (this.#kept.length === 1) onSpoken();
      // It may have been taken by then, with nothing being read ahead.
      if (this.#taken) return undefined;
    }
    return "too-much";
  }
}

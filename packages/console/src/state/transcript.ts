import { type MessageObserver, redactMessage } from "netconf-kit";
import { createStore, type Store } from "./store.ts";

/** One message of a session, fit to be shown. */
export interface TranscriptEntry {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: "sent" | "received";
  /** Of the whole message. */
  readonly bytes: number;
  readonly text: string;
}

export interface TranscriptOptions {
  /** Messages kept. Default 500; the oldest goes first. */
  readonly maxEntries?: number;
  /** Characters kept in all. Default 4 Mi. */
  readonly maxCharacters?: number;
  /** Longer messages are noted without their text. Default 256 KiB. */
  readonly maxMessageBytes?: number;
}

/**
 * What was said in a session, secrets left out before anything is kept. Bounded in messages and in characters.
 *
 * @example
 * const transcript = new Transcript(Date.now);
 * const connection = await connect({ ...options, session: { onMessage: transcript.onMessage } });
 */
export class Transcript {
  readonly entries: Store<readonly TranscriptEntry[]> = createStore<readonly TranscriptEntry[]>([]);
  readonly #now: () => number;
  readonly #maxEntries: number;
  readonly #maxCharacters: number;
  readonly #maxMessageBytes: number;
  #characters = 0;
  #count = 0;

  constructor(now: () => number, options: TranscriptOptions = {}) {
    this.#now = now;
    this.#maxEntries = options.maxEntries ?? 500;
    this.#maxCharacters = options.maxCharacters ?? 4 * 1024 * 1024;
    this.#maxMessageBytes = options.maxMessageBytes ?? 256 * 1024;
  }

  readonly onMessage: MessageObserver = (direction, message) => {
    const long = message.length > this.#maxMessageBytes;
    const text = long ? `<!-- ${message.length} bytes: too long to be kept -->` : redactMessage(message);
    const kept = [
      ...this.entries.value,
      { id: this.#count++, at: this.#now(), direction, bytes: message.length, text },
    ];
    this.#characters += text.length;
    while (kept.length > this.#maxEntries || (this.#characters > this.#maxCharacters && kept.length > 0)) {
      this.#characters -= kept.shift()?.text.length ?? 0;
    }
    this.entries.set(kept);
  };

  clear(): void {
    this.#characters = 0;
    this.entries.set([]);
  }
}

/** A transcript as text to be saved. */
export function formatTranscript(entries: readonly TranscriptEntry[]): string {
  return entries
    .map(
      ({ at, direction, bytes, text }) =>
        `<!-- ${new Date(at).toISOString()}, ${direction}, ${bytes} bytes -->\n${text}\n`,
    )
    .join("\n");
}

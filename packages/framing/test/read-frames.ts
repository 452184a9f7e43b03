import { FrameDecoder, type FrameDecoderOptions, type Framing, FramingError } from "../src/mod.ts";

/** What a decoder made of an input. */
export interface Reading {
  readonly messages: string[];
  readonly end: "clean" | FramingError;
}

export interface ReadOptions extends FrameDecoderOptions {
  /** Switch to chunked framing after the first message, inside `sink.end()`. */
  readonly switchAfterHello?: boolean;
}

/** Reads `reads` one after another, then the end of the input. Messages are given as Latin-1, so that every byte counts. */
export function readFrames(reads: Iterable<Uint8Array>, options: ReadOptions = {}): Reading {
  const decoder = new FrameDecoder(options);
  const messages: string[] = [];
  let message = "";
  const sink = {
    data: (bytes: Uint8Array): void => {
      if (bytes.length === 0) throw new Error("an empty view was delivered");
      message += latin1(bytes);
    },
    end: (): void => {
      messages.push(message);
      message = "";
      if (options.switchAfterHello && decoder.framing === "end-of-message") decoder.switchToChunked();
    },
  };
  try {
    for (const bytes of reads) decoder.push(bytes, sink);
    decoder.finish();
    return { messages, end: "clean" };
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    return { messages, end: error };
  }
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Cuts into reads of `size` bytes. */
export function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Every way to cut into two reads, then into three where the input is short. */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let first = 0; first <= bytes.length; first++) {
    yield [bytes.subarray(0, first), bytes.subarray(first)];
    if (bytes.length > 160) continue;
    for (let second = first + 1; second <= bytes.length; second++) {
      yield [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
    }
  }
}

/** A plain, obvious reader to compare with: all of the input at once, messages cut at each `]]>]]>`. */
export function splitAtDelimiter(text: string): { readonly messages: string[]; readonly rest: string } {
  const parts = text.split("]]>]]>");
  return { messages: parts.slice(0, -1), rest: parts.at(-1) ?? "" };
}

export const framings: readonly Framing[] = ["end-of-message", "chunked"];

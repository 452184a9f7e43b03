import { describe, expect, it } from "vitest";
import { FrameDecoder, type FrameSink, type Framing, MessageCollector } from "../src/mod.ts";
import { bytesOf, splitAtDelimiter } from "./read-frames.ts";

const MIB = 1 << 20;
const READ_BYTES = 32 * 1024;
/** What is quadratic in the bytes or in the reads does not end within this. */
const PATIENCE = 60_000;
/** Read size, and how much of it: a push costs more than a byte. */
const floodSizes = [
  [READ_BYTES, 8 * MIB],
  [7, 2 * MIB],
  [1, MIB],
] as const;

/** Counts what a sink gets: a decoder that delivers bytes twice, or in needless pieces, shows here. */
class CountingSink implements FrameSink {
  bytes = 0;
  views = 0;
  messages = 0;

  data(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.views += 1;
  }

  end(): void {
    this.messages += 1;
  }
}

/** Pushes `pattern` again and again, `bytes` in all, cut into reads of `readBytes`. */
function pushFlood(decoder: FrameDecoder, sink: FrameSink, pattern: string, bytes: number, readBytes: number): void {
  const period = bytesOf(pattern);
  const flood = new Uint8Array(Math.ceil((readBytes + period.length) / period.length) * period.length);
  for (let at = 0; at < flood.length; at += period.length) flood.set(period, at);
  // Reads of one size begin in as many places of the pattern as it has bytes: they are cut once and pushed many times.
  const reads = Array.from(period, (_, phase) => flood.subarray(phase, phase + readBytes));
  for (let at = 0; at < bytes; at += readBytes) {
    const read = reads[at % period.length];
    if (read !== undefined) decoder.push(bytes - at < readBytes ? read.subarray(0, bytes - at) : read, sink);
  }
}

describe("megabytes that a search could trip over are read in linear time", () => {
  const floods: readonly (readonly [name: string, pattern: string])[] = [
    ["]", "]"],
    [">", ">"],
    ["]]", "]]>"],
    ["all but the last byte of the delimiter", "]]>]]"],
    ["the delimiter with a byte too many", "]]>]]]>"],
    ["a byte that is no text", "\xdd\x5d\xff"],
  ];
  for (const [name, pattern] of floods) {
    for (const [readBytes, bytes] of floodSizes) {
      it(
        `end-of-message: ${name}, in reads of ${readBytes} B`,
        () => {
          const sink = new CountingSink();
          const decoder = new FrameDecoder();
          pushFlood(decoder, sink, pattern, bytes, readBytes);
          const text = pattern.repeat(Math.ceil(bytes / pattern.length)).slice(0, bytes);
          const { messages, rest } = splitAtDelimiter(text);
          expect(sink.messages).toBe(messages.length);
          const heldBack = bytes - 6 * messages.length - sink.bytes;
          expect(rest.endsWith("]]>]]".slice(0, heldBack))).toBe(true);
          // For each read and message: what was held back, in two pieces at most, and the rest.
          expect(sink.views).toBeLessThanOrEqual(3 * (Math.ceil(bytes / readBytes) + messages.length));
        },
        PATIENCE,
      );
    }
  }

  for (const [readBytes, bytes] of floodSizes) {
    it(
      `chunked: chunks of one byte, in reads of ${readBytes} B`,
      () => {
        const chunks = Math.floor(bytes / 5);
        const sink = new CountingSink();
        const decoder = new FrameDecoder({ framing: "chunked" });
        pushFlood(decoder, sink, "\n#1\nx", 5 * chunks, readBytes);
        decoder.push(bytesOf("\n##\n"), sink);
        decoder.finish();
        expect(sink).toMatchObject({ bytes: chunks, views: chunks, messages: 1 });
      },
      PATIENCE,
    );

    for (const pattern of ["#", "\n##\n", "\n#1\nx"]) {
      it(
        `chunked: ${JSON.stringify(pattern)} as the data of one chunk, in reads of ${readBytes} B`,
        () => {
          const sink = new CountingSink();
          const decoder = new FrameDecoder({ framing: "chunked" });
          decoder.push(bytesOf(`\n#${bytes}\n`), sink);
          pushFlood(decoder, sink, pattern, bytes, readBytes);
          decoder.push(bytesOf("\n##\n"), sink);
          decoder.finish();
          expect(sink).toMatchObject({ bytes, views: Math.ceil(bytes / readBytes), messages: 1 });
        },
        PATIENCE,
      );
    }
  }

  for (const framing of ["chunked", "end-of-message"] satisfies Framing[]) {
    it(
      `${framing}: the smallest messages there are`,
      () => {
        const pattern = framing === "chunked" ? "\n#1\nx\n##\n" : "x]]>]]>";
        const messages = Math.floor((8 * MIB) / pattern.length);
        const sink = new CountingSink();
        const decoder = new FrameDecoder({ framing });
        pushFlood(decoder, sink, pattern, messages * pattern.length, READ_BYTES);
        decoder.finish();
        expect(sink).toMatchObject({ bytes: messages, views: messages, messages });
      },
      PATIENCE,
    );
  }

  it(
    "a message collected from pieces of one byte",
    () => {
      const lengths: number[] = [];
      const collector = new MessageCollector((message) => lengths.push(message.length));
      const piece = bytesOf("x");
      for (let i = 0; i < 8 * MIB; i++) collector.data(piece);
      collector.end();
      expect(lengths).toEqual([8 * MIB]);
    },
    PATIENCE,
  );
});

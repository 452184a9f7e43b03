import { FrameDecoder, type FrameSink, FramingError } from "@netconf-kit/framing";
import { cut, expectNone, fromBase64, join, sameBytes } from "./bytes.ts";
import { feature } from "./feature.ts";
import type { FramingVector } from "./material.ts";

const modes = {
  eom: "end-of-message",
  chunked: "chunked",
  "eom->chunked": "the change from one to the other",
} as const;

/** The vectors of the corpus, under several ways to cut them into reads. */
export const framing = feature(
  "framing (RFC 6242)",
  ["corpus"],
  Object.entries(modes).map(([mode, name]) => ({
    name,
    run: ({ corpus }) => {
      const vectors = corpus.framing.filter((vector) => vector.mode === mode);
      if (vectors.length === 0) throw new Error("there are no vectors");
      expectNone(vectors.flatMap(differences));
    },
  })),
);

function differences(vector: FramingVector): readonly string[] {
  const reads = vector.reads_b64.map(fromBase64);
  const whole = join(reads);
  const expected = vector.expect.messages_b64.map(fromBase64);
  for (const split of [reads, [whole], cut(whole, 1), cut(whole, 7)]) {
    const { messages, end } = read(split, vector.mode);
    if (messages.length !== expected.length || !messages.every((one, i) => sameBytes(one, expected[i] ?? one)))
      return [`${vector.id}: other messages`];
    if (!endsAs(vector.expect, end)) return [`${vector.id}: ended with ${end}`];
  }
  return [];
}

function endsAs(
  { end: expected, error_offset: offset }: FramingVector["expect"],
  end: FramingError | undefined,
): boolean {
  switch (expected) {
    case "clean":
    case "trailing-whitespace":
      return end === undefined;
    case "truncated":
      return end?.code === "truncated";
    case "error":
      return end !== undefined && end.code !== "truncated" && end.fault === "peer" && end.offset === offset;
  }
}

function read(
  reads: Iterable<Uint8Array>,
  mode: FramingVector["mode"],
): { readonly messages: readonly Uint8Array[]; readonly end: FramingError | undefined } {
  const framing = mode === "chunked" ? "chunked" : "end-of-message";
  // The vectors are about the protocol, which has no limit of this kind.
  const decoder = new FrameDecoder({ framing, maxMessageBytes: Number.POSITIVE_INFINITY });
  const messages: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  const sink: FrameSink = {
    data: (bytes) => void pieces.push(bytes.slice()),
    end: () => {
      messages.push(join(pieces));
      pieces = [];
      if (mode === "eom->chunked" && decoder.framing === "end-of-message") decoder.switchToChunked();
    },
  };
  try {
    for (const bytes of reads) decoder.push(bytes, sink);
    decoder.finish();
    return { messages, end: undefined };
  } catch (error) {
    if (error instanceof FramingError) return { messages, end: error };
    throw error;
  }
}

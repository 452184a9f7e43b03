import type { WebStreams } from "@netconf-kit/web-adapter";

/** Two pairs of the runtime's own streams: what is written to one can be read from the other. */
export function webStreamPair(highWaterBytes = 65_536): readonly [WebStreams, WebStreams] {
  const [there, back] = [pipe(highWaterBytes), pipe(highWaterBytes)];
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}

/** Gives copies, as every real transport does, and holds so many bytes before a writer has to wait. */
function pipe(highWaterMark: number): TransformStream<Uint8Array, Uint8Array> {
  const size = ({ length }: Uint8Array): number => length;
  return new TransformStream(
    { transform: (chunk, controller) => controller.enqueue(chunk.slice()) },
    { highWaterMark, size },
    { highWaterMark: 0, size },
  );
}

import { FrameDecoder, type FrameSink, type Framing, MessageCollector } from "@netconf-kit/framing";
import { totalOf } from "./framing-streams.ts";
import type { TimedCase } from "./harness.ts";

/** Bytes of the longest message here. */
export const LARGE: number = 64 << 20;
const COPIED_AT_ONCE = 64 << 10;

/** The limit for whatever copies. */
export function memcpy(payload: Uint8Array): TimedCase {
  const target = new Uint8Array(COPIED_AT_ONCE);
  return {
    name: "memcpy in 64 KiB pieces",
    amount: payload.length,
    run: () => {
      for (let at = 0; at < payload.length; at += target.length) target.set(payload.subarray(at, at + target.length));
    },
  };
}

/** Looks at each view's length: what any sink has to do. */
class CountingSink implements FrameSink {
  bytes = 0;
  messages = 0;

  data(view: Uint8Array): void {
    this.bytes += view.length;
  }

  end(): void {
    this.messages += 1;
  }
}

/** Decodes to views, and copies nothing. */
export function decode(name: string, framing: Framing, reads: readonly Uint8Array[]): TimedCase {
  return {
    name,
    amount: totalOf(reads),
    run: () => {
      const sink = new CountingSink();
      readAll(framing, reads, sink);
      if (sink.messages === 0 || sink.bytes === 0) throw new Error("nothing was decoded");
    },
  };
}

/** With `reuseBytes` the collector lives on between the rounds, as in a session, and so does its buffer. */
export function collect(
  name: string,
  framing: Framing,
  reads: readonly Uint8Array[],
  options: { readonly reuseBytes?: number } = {},
): TimedCase {
  let bytes = 0;
  const collector = new MessageCollector((message) => (bytes += message.length), {
    ...options,
    maxMessageBytes: LARGE,
  });
  return {
    name,
    amount: totalOf(reads),
    run: () => {
      bytes = 0;
      readAll(framing, reads, collector);
      if (bytes === 0) throw new Error("nothing was collected");
    },
  };
}

function readAll(framing: Framing, reads: readonly Uint8Array[], sink: FrameSink): void {
  const decoder = new FrameDecoder({ framing, maxMessageBytes: LARGE });
  for (const read of reads) decoder.push(read, sink);
  decoder.finish();
}

import { encodeMessage, FrameDecoder, type Framing, MessageCollector } from "@netconf-kit/framing";
import type { BenchCase, BenchGroup } from "./harness.ts";

const MIB = 1 << 20;
const READ_BYTES = 32 * 1024;

/** One message of 64 MiB as a get-config reply looks, arriving in reads of 32 KiB; then many messages of 500 bytes. */
export function framingGroups(): readonly BenchGroup[] {
  const payload = interfacesReply(64 * MIB);
  const copy = memcpy(payload);
  const small = interfacesReply(500);
  return [
    {
      name: "framing: decode one message of 64 MiB",
      unit: "B",
      baseline: copy,
      cases: [
        ...[64, 1024, 16 * 1024].map((size) =>
          decode(`chunked, ${size} B chunks, views`, "chunked", chunksOf(payload, size)),
        ),
        collect("chunked, 1024 B chunks, one buffer", chunksOf(payload, 1024)),
        decode("end-of-message, views", "end-of-message", encodeMessage("end-of-message", payload)),
      ],
    },
    {
      name: "framing: decode 16 MiB of 500-byte messages",
      unit: "B",
      baseline: memcpy(payload.subarray(0, 16 * MIB)),
      cases: (["chunked", "end-of-message"] as const).map((framing) => {
        const one = Buffer.concat(encodeMessage(framing, small));
        return decode(
          framing,
          framing,
          Array.from({ length: Math.floor((16 * MIB) / small.length) }, () => one),
        );
      }),
    },
    {
      name: "framing: encode one message of 64 MiB",
      unit: "B",
      baseline: copy,
      cases: (["chunked", "end-of-message"] as const).map((framing) => ({
        name: framing,
        amount: payload.length,
        run: () => {
          if (encodeMessage(framing, payload).length < 2) throw new Error("nothing was encoded");
        },
      })),
    },
  ];
}

function memcpy(payload: Uint8Array): BenchCase {
  const target = new Uint8Array(64 * 1024);
  return {
    name: "memcpy in 64 KiB pieces",
    amount: payload.length,
    run: () => {
      for (let at = 0; at < payload.length; at += target.length) target.set(payload.subarray(at, at + target.length));
    },
  };
}

function decode(name: string, framing: Framing, pieces: readonly Uint8Array[]): BenchCase {
  const reads = readsOf(pieces);
  return {
    name,
    amount: reads.reduce((sum, read) => sum + read.length, 0),
    run: () => {
      let bytes = 0;
      let messages = 0;
      const sink = {
        data: (view: Uint8Array) => {
          bytes += view.length;
        },
        end: () => {
          messages++;
        },
      };
      const decoder = new FrameDecoder({ maxMessageBytes: Number.MAX_SAFE_INTEGER });
      if (framing === "chunked") decoder.switchToChunked();
      for (const read of reads) decoder.push(read, sink);
      decoder.finish();
      if (messages === 0 || bytes === 0) throw new Error("nothing was decoded");
    },
  };
}

function collect(name: string, pieces: readonly Uint8Array[]): BenchCase {
  const reads = readsOf(pieces);
  return {
    name,
    amount: reads.reduce((sum, read) => sum + read.length, 0),
    run: () => {
      let length = 0;
      const collector = new MessageCollector(
        (message) => {
          length += message.length;
        },
        { maxMessageBytes: Number.MAX_SAFE_INTEGER },
      );
      const decoder = new FrameDecoder({ maxMessageBytes: Number.MAX_SAFE_INTEGER });
      decoder.switchToChunked();
      for (const read of reads) decoder.push(read, collector);
      if (length === 0) throw new Error("nothing was collected");
    },
  };
}

function readsOf(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const whole = Buffer.concat(pieces);
  const reads: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += READ_BYTES) reads.push(new Uint8Array(whole.subarray(at, at + READ_BYTES)));
  return reads;
}

function chunksOf(payload: Uint8Array, size: number): readonly Uint8Array[] {
  const encoder = new TextEncoder();
  const header = encoder.encode(`\n#${size}\n`);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (; at + size <= payload.length; at += size) pieces.push(header, payload.subarray(at, at + size));
  if (at < payload.length) pieces.push(encoder.encode(`\n#${payload.length - at}\n`), payload.subarray(at));
  pieces.push(encoder.encode("\n##\n"));
  return pieces;
}

function interfacesReply(length: number): Uint8Array {
  const entry = new TextEncoder().encode(
    "<interface><name>eth0/0/1</name><type>ianaift:ethernetCsmacd</type><enabled>true</enabled><mtu>1500</mtu></interface>\n",
  );
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += entry.length)
    bytes.set(entry.subarray(0, Math.min(entry.length, length - at)), at);
  return bytes;
}

import { encodeMessage } from "@netconf-kit/framing";
import { npmFramers } from "./framing-npm.ts";
import { type OtherFramers, type OtherName, startOtherFramers } from "./framing-others.ts";
import { collect, decode, LARGE, memcpy } from "./framing-ours.ts";
import { framed, interfacesReply, readsOf, repeated } from "./framing-streams.ts";
import type { BenchGroup } from "./harness.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const MANY = 64 * MIB;
const ROUNDS = 9;
/** npm's parsers search all they have at each read: this is what they do in tenths of a second. */
const NPM_MESSAGE = 2 * MIB;
const NPM_MANY = 1 * MIB;

/**
 * Decoding one message of 64 MiB as a get-config reply looks, in reads of 32 KiB; then many messages of 500 bytes; then
 * what npm's parsers can do. Every ratio is to memcpy of as many bytes in pieces of 64 KiB.
 */
export async function framingGroups(): Promise<readonly BenchGroup[]> {
  const others = await startOtherFramers();
  return [largeGroup(others), smallGroup(others), encodeGroup(), ...npmGroups()];
}

function largeGroup(others: OtherFramers): BenchGroup {
  const payload = interfacesReply(LARGE);
  const chunked = (size: number): readonly Uint8Array[] => readsOf(framed("chunked", payload, size));
  const inKibibytes = chunked(KIB);
  const views = (size: number): string => `chunked, ${sizeName(size)} chunks, views`;
  const oneBuffer = "chunked, 1 KiB chunks, one buffer (reuseBytes)";
  const endOfMessage = "end-of-message, views";
  return {
    name: "framing: decode one message of 64 MiB",
    unit: "B",
    rounds: ROUNDS,
    baseline: memcpy(payload),
    cases: [
      decode(views(64), "chunked", chunked(64)),
      decode(views(KIB), "chunked", inKibibytes),
      decode(views(16 * KIB), "chunked", chunked(16 * KIB)),
      decode(views(64 * KIB), "chunked", chunked(64 * KIB)),
      collect(oneBuffer, "chunked", inKibibytes, { reuseBytes: LARGE }),
      collect("chunked, 1 KiB chunks, a new buffer", "chunked", inKibibytes),
      decode(endOfMessage, "end-of-message", readsOf(framed("end-of-message", payload))),
      ...others.cases("chunked", 64, { messageBytes: slow(8 * MIB, 4 * MIB), against: [views(64)] }),
      ...others.cases("chunked", KIB, { messageBytes: slow(LARGE, LARGE), against: [views(KIB), oneBuffer] }),
      ...others.cases("chunked", 16 * KIB, { messageBytes: slow(LARGE, LARGE), against: [views(16 * KIB)] }),
      ...others.cases("chunked", 64 * KIB, { messageBytes: slow(LARGE, LARGE), against: [views(64 * KIB)] }),
      ...others.cases("end-of-message", 0, { messageBytes: slow(LARGE, 2 * MIB), against: [endOfMessage] }),
    ],
    skipped: others.missing,
  };
}

/** Bytes that they read in tenths of a second. */
function slow(ncclient: number, libnetconf2: number): Readonly<Record<OtherName, number>> {
  return { ncclient, libnetconf2 };
}

function smallGroup(others: OtherFramers): BenchGroup {
  const framings = ["chunked", "end-of-message"] as const;
  const message = interfacesReply(500);
  return {
    name: "framing: decode 64 MiB of 500-byte messages",
    unit: "B",
    rounds: ROUNDS,
    baseline: memcpy(interfacesReply(MANY)),
    cases: [
      ...framings.map((framing) => decode(framing, framing, readsOf(repeated(framed(framing, message), MANY)))),
      ...framings.flatMap((framing) =>
        others.cases(framing, 500, { messageBytes: slow(500, 500), count: 10_000, against: [framing] }),
      ),
    ],
    skipped: others.missing,
    dispose: others.stop,
  };
}

function encodeGroup(): BenchGroup {
  const payload = interfacesReply(LARGE);
  return {
    name: "framing: encode one message of 64 MiB",
    unit: "B",
    baseline: memcpy(payload),
    cases: (["chunked", "end-of-message"] as const).map((framing) => ({
      name: framing,
      amount: payload.length,
      run: () => {
        if (encodeMessage(framing, payload).length < 2) throw new Error("nothing was encoded");
      },
    })),
  };
}

/** What they do not do, chunks, is not here. They give text, so ours gives each message in one buffer. */
function npmGroups(): readonly BenchGroup[] {
  const framers = npmFramers();
  const large = interfacesReply(NPM_MESSAGE);
  const ours = "end-of-message, one buffer";
  const missing = framers.missing;
  return [
    {
      name: "framing: decode one end-of-message message of 2 MiB, beside npm's",
      unit: "B",
      baseline: memcpy(large),
      cases: [
        collect(ours, "end-of-message", readsOf(framed("end-of-message", large)), { reuseBytes: NPM_MESSAGE }),
        ...framers.cases({ messageBytes: NPM_MESSAGE, count: 1, against: [ours] }),
      ],
      skipped: missing,
    },
    {
      name: "framing: decode 500-byte end-of-message messages, each in a read of its own, beside npm's",
      unit: "B",
      baseline: memcpy(interfacesReply(NPM_MANY)),
      cases: [
        collect(
          ours,
          "end-of-message",
          readsOf(repeated(framed("end-of-message", interfacesReply(500)), NPM_MANY), 506),
        ),
        ...framers.cases({ messageBytes: 500, count: 2000, against: [ours] }),
      ],
      skipped: missing,
    },
  ];
}

function sizeName(bytes: number): string {
  return bytes < KIB ? `${bytes} B` : `${bytes / KIB} KiB`;
}

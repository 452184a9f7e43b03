import {
  type CryptoJob,
  type JobSink,
  type LaterOpener,
  type PacketOpener,
  packetLengthProblem,
} from "../algorithms/packet-cipher.ts";
import type { InputBuffer } from "./input-buffer.ts";

/** Packets that may be on their way ahead of their turn. */
export const MAX_PACKETS_AHEAD: number = 8;
/** Bytes of the input that they may take in all; the first one may be longer. */
export const MAX_BYTES_AHEAD: number = 1 << 20;

/** A whole packet of the input. Only large ones have a job. */
export interface PacketAhead {
  readonly length: number;
  readonly size: number;
  readonly job: CryptoJob | undefined;
  /** Once there: what the job has given. */
  outcome?: { readonly result: Uint8Array | undefined };
}

/**
 * The packets from the reading position on whose large ones are being opened aside. They are taken strictly in order; a
 * small one is opened in its turn. New keys make all of this void: the bytes are still in the input, and are read anew.
 */
export class PacketsAhead {
  readonly later: LaterOpener;
  readonly #opener: PacketOpener;
  readonly #sink: JobSink;
  readonly #packets: PacketAhead[] = [];
  #bytes = 0;

  /** `sink` gets each job, to be run. */
  constructor(opener: PacketOpener, later: LaterOpener, sink: JobSink) {
    this.#opener = opener;
    this.later = later;
    this.#sink = sink;
  }

  /** Whether input waits for a job to be done. */
  get waits(): boolean {
    const first = this.#packets[0];
    return first?.job !== undefined && first.outcome === undefined;
  }

  /** Begins what may be begun and gives the packet whose turn it is, if it is whole. */
  first(input: InputBuffer, maxPacketLength: number): PacketAhead | undefined {
    while (this.#packets.length < MAX_PACKETS_AHEAD && this.#begin(input, maxPacketLength));
    return this.#packets[0];
  }

  /** The first packet has been taken. */
  taken(): void {
    this.#bytes -= this.#packets.shift()?.size ?? 0;
  }

  /** A job of another time, before new keys, changes nothing. */
  finish(job: CryptoJob, result: Uint8Array | undefined): void {
    const packet = this.#packets.find((each) => each.job === job);
    if (packet !== undefined) packet.outcome = { result };
  }

  #begin(input: InputBuffer, maxPacketLength: number): boolean {
    const { headLength, tagLength } = this.#opener;
    const start = this.#bytes;
    if (input.length < start + headLength) return false;
    const length = this.#opener.packetLength(0, input.peek(headLength, start));
    // What is wrong with a length is said when its turn has come: before it there may be new keys, and another length.
    if (packetLengthProblem(this.#opener, length, maxPacketLength) !== undefined) return false;
    const size = 4 + length + tagLength;
    if (input.length < start + size || (start > 0 && start + size > MAX_BYTES_AHEAD)) return false;
    const large = size >= this.later.leastBytes;
    const job = large ? this.later.begin(this.#packets.length, input.peek(size, start)) : undefined;
    this.#packets.push({ length, size, job });
    this.#bytes += size;
    if (job !== undefined) this.#sink.jobNeeded(job);
    return true;
  }
}

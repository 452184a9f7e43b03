import {
  type CryptoJob,
  type JobSink,
  type PacketOpener,
  packetLengthProblem,
  plainOpener,
} from "../algorithms/packet-cipher.ts";
import { SshError } from "../errors.ts";
import type { InputBuffer } from "./input-buffer.ts";
import { PacketCounter } from "./packet-counter.ts";
import { PacketsAhead } from "./packets-ahead.ts";

/**
 * The receiving half of the binary packet protocol (RFC 4253 §6). Packets are opened where they lie in the input; or aside,
 * several at a time, where the cipher has that and `openAhead()` allows it.
 */
export class PacketReader {
  readonly counter: PacketCounter = new PacketCounter();
  #opener: PacketOpener = plainOpener;
  #maxPacketLength: number;
  /** The checked packet_length of a packet whose rest has not come yet. */
  #pending: number | undefined;
  #sink: JobSink | undefined;
  #ahead: PacketsAhead | undefined;

  constructor(maxPacketLength: number) {
    this.#maxPacketLength = maxPacketLength;
  }

  set maxPacketLength(bytes: number) {
    this.#maxPacketLength = bytes;
  }

  /** Whether input waits for a job to be done. */
  get waits(): boolean {
    return this.#ahead?.waits === true;
  }

  /** From now on large packets are opened aside. `sink` gets each job, to be run; `finish()` takes its result. */
  openAhead(sink: JobSink): void {
    this.#sink = sink;
    this.#lookAhead();
  }

  finish(job: CryptoJob, result: Uint8Array | undefined): void {
    this.#ahead?.finish(job, result);
  }

  /** The payload of the next packet as a view, or `undefined` while it is incomplete or being opened. */
  next(input: InputBuffer): Uint8Array | undefined {
    const ahead = this.#ahead;
    const first = ahead?.first(input, this.#maxPacketLength);
    if (ahead === undefined || first?.job === undefined) {
      const payload = this.#openNext(input);
      if (first !== undefined) ahead?.taken();
      return payload;
    }
    if (first.outcome === undefined) return undefined;
    const payload = ahead.later.finish(first.length, first.outcome.result);
    ahead.taken();
    this.#taken(input, first.size);
    return payload;
  }

  /** Takes new keys into use (RFC 4253 §7.3). */
  rekey(opener: PacketOpener, resetSequence: boolean): void {
    this.#opener.destroy();
    this.#opener = opener;
    this.#lookAhead();
    this.counter.rekeyed(resetSequence);
  }

  destroy(): void {
    this.#opener.destroy();
    this.#ahead = undefined;
  }

  #openNext(input: InputBuffer): Uint8Array | undefined {
    const opener = this.#opener;
    const { sequence } = this.counter;
    let length = this.#pending;
    if (length === undefined) {
      if (input.length < opener.headLength) return undefined;
      length = opener.packetLength(sequence, input.peek(opener.headLength));
      // RFC 4253 §6.1: checked before anything is waited for or allocated.
      const problem = packetLengthProblem(opener, length, this.#maxPacketLength);
      if (problem !== undefined)
        throw new SshError(problem, `reading packet ${sequence}: its length "${length}" is not possible`);
      this.#pending = length;
    }
    const size = 4 + length + opener.tagLength;
    if (input.length < size) return undefined;
    const payload = opener.open(sequence, input.peek(size));
    // Jobs look at the input for longer than the next call.
    input.reusable = opener.opensApart === true && this.#ahead === undefined;
    this.#taken(input, size);
    return payload;
  }

  #taken(input: InputBuffer, size: number): void {
    input.skip(size);
    this.#pending = undefined;
    this.counter.count(size);
  }

  /** RFC 4253 §7.3: what was begun under other keys is void. */
  #lookAhead(): void {
    const { later } = this.#opener;
    this.#ahead =
      later === undefined || this.#sink === undefined ? undefined : new PacketsAhead(this.#opener, later, this.#sink);
  }
}

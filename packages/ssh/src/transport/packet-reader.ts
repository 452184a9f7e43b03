import { type PacketOpener, packetLengthProblem, plainOpener } from "../algorithms/packet-cipher.ts";
import { SshError } from "../errors.ts";
import type { InputBuffer } from "./input-buffer.ts";
import { PacketCounter } from "./packet-counter.ts";

/** The receiving half of the binary packet protocol (RFC 4253 §6). Packets are opened where they lie in the input. */
export class PacketReader {
  readonly counter: PacketCounter = new PacketCounter();
  #opener: PacketOpener = plainOpener;
  #maxPacketLength: number;
  /** The checked packet_length of a packet whose rest has not come yet. */
  #pending: number | undefined;

  constructor(maxPacketLength: number) {
    this.#maxPacketLength = maxPacketLength;
  }

  set maxPacketLength(bytes: number) {
    this.#maxPacketLength = bytes;
  }

  /** The payload of the next packet as a view, or `undefined` while it is incomplete. */
  next(input: InputBuffer): Uint8Array | undefined {
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
    input.reusable = opener.opensApart === true;
    input.skip(size);
    this.#pending = undefined;
    this.counter.count(size);
    return payload;
  }

  /** Takes new keys into use (RFC 4253 §7.3). */
  rekey(opener: PacketOpener, resetSequence: boolean): void {
    this.#opener.destroy();
    this.#opener = opener;
    this.counter.rekeyed(resetSequence);
  }

  destroy(): void {
    this.#opener.destroy();
  }
}

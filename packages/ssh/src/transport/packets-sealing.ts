import type { CryptoJob, JobSink, LaterSealer, SealingJob } from "../algorithms/packet-cipher.ts";
import type { OutputBuffer } from "./output-buffer.ts";

/** Packets that may be sealed aside at once; more wait their turn. */
export const MAX_PACKETS_SEALING: number = 8;

interface Slot {
  readonly job: SealingJob;
  readonly position: number;
  readonly size: number;
}

/**
 * Large packets that are being sealed aside. Each has its room in the output, which gives out nothing from the first of them
 * on; the plain text is not there but with the job. All of them count as output, whose limit is the writers' affair.
 */
export class PacketsSealing {
  readonly #output: OutputBuffer;
  readonly #sink: JobSink;
  /** In the order of the output; those that have been started stand in front. */
  readonly #slots: Slot[] = [];
  #running = 0;

  /** `sink` gets each job, to be run. */
  constructor(output: OutputBuffer, sink: JobSink) {
    this.#output = output;
    this.#sink = sink;
  }

  /** Makes room for a packet. `plain` is without its tag, and stays as it is. */
  begin(sealer: LaterSealer, plain: Uint8Array, tagLength: number): void {
    const { position } = this.#output;
    const size = plain.length + tagLength;
    this.#output.reserve(size);
    this.#slots.push({ job: sealer.begin(plain), position, size });
    this.#output.heldFrom = this.#slots[0]?.position;
    this.#startMore();
  }

  /** Whether it was one of these jobs. Those that `sealRest()` has overtaken are unknown. */
  finish(job: CryptoJob, result: Uint8Array | undefined): boolean {
    const at = this.#slots.findIndex((slot) => slot.job === job);
    const slot = this.#slots[at];
    if (slot === undefined) return false;
    slot.job.finish(this.#output.roomAt(slot.position, slot.size), result ?? NOTHING);
    this.#slots.splice(at, 1);
    this.#running--;
    this.#output.heldFrom = this.#slots[0]?.position;
    this.#startMore();
    return true;
  }

  /** Seals at once what is not sealed yet: its keys are about to go. */
  sealRest(): void {
    for (const { job, position, size } of this.#slots.splice(0)) job.finish(this.#output.roomAt(position, size));
    this.#running = 0;
    this.#output.heldFrom = undefined;
  }

  #startMore(): void {
    const next = this.#slots[this.#running];
    if (next === undefined || this.#running === MAX_PACKETS_SEALING) return;
    this.#running++;
    this.#sink.jobNeeded(next.job);
  }
}

/** What a job that gives nothing has given: never a packet. */
const NOTHING: Uint8Array = new Uint8Array(0);

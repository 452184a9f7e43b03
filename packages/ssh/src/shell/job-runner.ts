import type { CryptoJob } from "../algorithms/packet-cipher.ts";
import { SshError } from "../errors.ts";
import { type Settled, settled } from "./settle.ts";

/** The machine whose jobs are run. */
export interface JobRunnerPort {
  /** Bytes of input that wait for a job. */
  waitingForJob(): number;
  finishJob(job: CryptoJob, result: Uint8Array | undefined): void;
  /** The runtime could not do a job. */
  failed(error: SshError): void;
}

/** Runs the jobs of a machine, as many as it asks for, and says when to stop reading because of them. */
export class JobRunner {
  readonly #port: JobRunnerPort;
  #held: Settled<void> | undefined;

  constructor(port: JobRunnerPort) {
    this.#port = port;
  }

  run(job: CryptoJob): void {
    // An exception thrown at once becomes a rejection as well.
    new Promise<Uint8Array | undefined>((done) => done(job.run())).then(
      (result) => {
        this.#port.finishJob(job, result);
        if (this.#port.waitingForJob() <= MAX_WAITING_BYTES) this.release();
      },
      (cause: unknown) =>
        this.#port.failed(
          new SshError("provider-failed", "sealing or opening a packet: the runtime could not do it", {
            phase: "connection",
            cause,
          }),
        ),
    );
  }

  /** Resolves when input may be read again; `undefined`: it may now. */
  held(): Promise<void> | undefined {
    if (this.#port.waitingForJob() <= MAX_WAITING_BYTES) return undefined;
    this.#held ??= settled<void>();
    return this.#held.promise;
  }

  /** Nobody has to wait any longer. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }
}

/** Input that waits for jobs; the next read may add to it. A job ends by itself, so waiting for it cannot go on for ever. */
const MAX_WAITING_BYTES = 1 << 20;

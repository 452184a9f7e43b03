/** How far a slow step has come: `done` of `total` equal parts. */
export interface KeyProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Work that takes long because it has to: deriving a key from a passphrase. It stops after each part, so that the same
 * code runs in one go or with pauses in between.
 */
export type KeySteps<T> = Generator<KeyProgress, T, void>;

/** Does all steps at once. */
export function runKeySteps<T>(steps: KeySteps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

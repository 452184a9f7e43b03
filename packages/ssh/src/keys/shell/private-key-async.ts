import { type Clock, sleep, systemClock } from "@netconf-kit/socket";
import { type FormatPrivateKeyOptions, formatPrivateKeySteps } from "../format-private-key.ts";
import type { KeyProgress, KeySteps } from "../key-steps.ts";
import { type ParsePrivateKeyOptions, parsePrivateKeySteps } from "../parse-private-key.ts";
import type { PrivateKey } from "../private-key.ts";

/** How a slow derivation of a key tells where it is, and how it is ended. */
export interface KeyStepsAsyncOptions {
  /** Called after each part of the key derivation. */
  readonly onProgress?: (progress: KeyProgress) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * `parsePrivateKey` with a pause after each round of the key derivation, so that other work goes on meanwhile. Rejects
 * with the same errors, and with `signal.reason` when aborted.
 *
 * @example
 * const key = await parsePrivateKeyAsync(text, { passphrase, onProgress: ({ done, total }) => bar.set(done / total) });
 */
export async function parsePrivateKeyAsync(
  text: string,
  options: ParsePrivateKeyOptions & KeyStepsAsyncOptions = {},
): Promise<PrivateKey> {
  return await runWithPauses(parsePrivateKeySteps(text, options), options);
}

/**
 * `formatPrivateKey` with a pause after each round of the key derivation.
 *
 * @example
 * const pem = await formatPrivateKeyAsync(key, { passphrase: "correct horse" });
 */
export async function formatPrivateKeyAsync(
  key: PrivateKey,
  options: FormatPrivateKeyOptions & KeyStepsAsyncOptions = {},
): Promise<string> {
  return await runWithPauses(formatPrivateKeySteps(key, options), options);
}

async function runWithPauses<T>(
  steps: KeySteps<T>,
  { onProgress, signal, clock = systemClock }: KeyStepsAsyncOptions,
): Promise<T> {
  signal?.throwIfAborted();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    onProgress?.(step.value);
    await sleep(clock, 0, signal);
  }
}

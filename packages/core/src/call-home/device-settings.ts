import { NetconfError } from "../errors.ts";
import type { WatchOptions } from "./connection-watch.ts";
import type { ReconnectOptions } from "./reconnect.ts";

/** What can be changed while a device calls. */
export interface CallHomeSettings extends ReconnectOptions, WatchOptions {
  /** Milliseconds that one attempt may take, from the dial to the open session (`max-wait`). Default 60 000. */
  readonly connectTimeout?: number;
}

/**
 * Refuses what would call without a pause, or never.
 *
 * @throws NetconfError `invalid-argument`
 */
export function checkCallHomeSettings(settings: CallHomeSettings, hasCalendar: boolean): void {
  const { retryInterval, maxRetryInterval, backoff, jitter, maxAttempts, maxRounds } = settings;
  const { period, anchorTime, connectTimeout, idleTimeout, stableAfter, liveness } = settings;
  for (const [name, value] of Object.entries({ retryInterval, maxRetryInterval, period, connectTimeout }))
    if (value !== undefined && !(value > 0)) throw wrong(name, value, "is more than 0");
  for (const [name, value] of Object.entries({ idleTimeout, stableAfter }))
    if (value !== undefined && !(value >= 0)) throw wrong(name, value, "is 0 or more");
  for (const [name, value] of Object.entries({ maxAttempts, maxRounds, livenessAttempts: liveness?.maxAttempts }))
    if (value !== undefined && !(value >= 1)) throw wrong(name, value, "is 1 or more");
  if (liveness !== undefined && !(liveness.interval > 0))
    throw wrong("liveness interval", liveness.interval, "is more than 0");
  if (backoff !== undefined && !(backoff >= 1)) throw wrong("backoff", backoff, "is 1 or more");
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1)) throw wrong("jitter", jitter, "is from 0 to 1");
  if (anchorTime === undefined) return;
  if (!Number.isFinite(anchorTime)) throw wrong("anchorTime", anchorTime, "is a time");
  if (!hasCalendar) throw new NetconfError("invalid-argument", "cannot call at an anchorTime without a wallClock");
}

function wrong(name: string, value: number, rule: string): NetconfError {
  return new NetconfError("invalid-argument", `cannot call home with ${name} ${value}: it ${rule}`);
}

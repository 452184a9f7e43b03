/** The one look at the calendar. Portable packages see no `Date`; whoever wants another time passes a function. */
interface RuntimeCalendar {
  readonly Date: { now(): number };
}

/** Seconds since 1970, for the validity of certificates. */
export function secondsNow(): number {
  // Every runtime has it; the portable type declarations leave it out on purpose.
  const runtime = globalThis as unknown as RuntimeCalendar;
  return runtime.Date.now() / 1000;
}

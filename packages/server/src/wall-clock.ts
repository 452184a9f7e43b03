/** The one look at the calendar. Portable packages see no `Date`; whoever wants another time passes a function. */
interface RuntimeCalendar {
  readonly Date: new () => { toISOString(): string };
}

/** The time of day in UTC as RFC 3339 has it: `2026-11-21T01:02:03.456Z`. */
export function wallClock(): string {
  // Every runtime has it; the portable type declarations leave it out on purpose.
  const runtime = globalThis as unknown as RuntimeCalendar;
  return new runtime.Date().toISOString();
}

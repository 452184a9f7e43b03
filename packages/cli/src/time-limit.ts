/**
 * A signal that fires with `signal`, or after some milliseconds; disposing of it stops its timer. `AbortSignal.timeout()` inside
 * of `AbortSignal.any()` may be collected in Node 20 before it has fired: here the timer holds it.
 */
export function timeLimit(signal: AbortSignal, milliseconds: number, what: string): TimeLimit {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException(what, "TimeoutError")), milliseconds);
  return { signal: AbortSignal.any([signal, late.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
}

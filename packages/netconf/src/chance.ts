/** A number from 0 to below 1, for spreading calls in time. No secret depends on it. Whoever wants another passes a function. */
export function chance(): number {
  return Math.random();
}

/** The library reports bad data of a peer by exceptions; to a provider those are "no". */
export function orUndefined<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}

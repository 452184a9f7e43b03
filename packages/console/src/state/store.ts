/** A value that can be watched. Values are replaced, never changed in place. */
export interface Store<T> {
  readonly value: T;
  set(next: T): void;
  update(change: (current: T) => T): void;
  /** Calls `listener` after every replacement. The result ends it. */
  subscribe(listener: () => void): () => void;
}

/**
 * Makes a store.
 *
 * @example
 * const count = createStore(0);
 * count.subscribe(() => show(count.value));
 * count.update((n) => n + 1);
 */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    get value() {
      return value;
    },
    set,
    update: (change) => set(change(value)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

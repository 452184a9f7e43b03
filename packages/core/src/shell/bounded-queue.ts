import { NetconfError } from "../errors.ts";
import { Fifo } from "../session/fifo.ts";

/**
 * Items between one producer and one consumer, bounded by the sum of their sizes. The producer is asked to wait while the
 * queue is over its limit; one item is always taken, whatever its size.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  readonly #items = new Fifo<{ readonly item: T; readonly size: number }>();
  #size = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #reader: { resolve(result: IteratorResult<T>): void; reject(error: Error): void } | undefined;
  #room: { readonly promise: Promise<void>; open(): void } | undefined;
  #discarding = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The sum of the sizes of what waits. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item. The promise is there when the queue is over its limit, and resolves when it is not. */
  push(item: T, size: number): Promise<void> | undefined {
    if (this.#end !== undefined) return undefined;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: item });
      return undefined;
    }
    if (this.#size > this.#limit && this.#discarding) return undefined;
    this.#items.push({ item, size });
    this.#size += size;
    if (this.#size <= this.#limit || this.#discarding) return undefined;
    this.#room ??= gate();
    return this.#room.promise;
  }

  /** From now on the producer never waits: what does not fit is dropped. For a session on its way out. */
  discardOverflow(): void {
    this.#discarding = true;
    this.#openRoom();
  }

  /** No more items. Those that wait can still be taken; after them comes the end, or `error`. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#openRoom();
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) return;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }

  /** Takes items from the one queue; leaving a loop leaves the rest for the next loop. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return { next: () => this.#next(), return: () => Promise.resolve({ done: true, value: undefined }) };
  }

  #next(): Promise<IteratorResult<T>> {
    const first = this.#items.shift();
    if (first !== undefined) {
      this.#size -= first.size;
      if (this.#size <= this.#limit) this.#openRoom();
      return Promise.resolve({ done: false, value: first.item });
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    if (this.#reader !== undefined) {
      return Promise.reject(
        new NetconfError("already-reading", "cannot read: another loop is waiting for the next item"),
      );
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  #openRoom(): void {
    this.#room?.open();
    this.#room = undefined;
  }
}

function gate(): { readonly promise: Promise<void>; open(): void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/**
 * Runs tasks one after the other, in the order asked for. What changes the datastores goes through here, because saving
 * takes time: two commits must not overlap, and a lock must not be granted in the middle of another session's commit.
 */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

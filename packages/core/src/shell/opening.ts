/** The promise of a session that is being opened. It is settled once; what comes later has no effect. */
export class Opening<Session> {
  readonly session: Promise<Session>;
  #settle: { resolve(session: Session): void; reject(error: unknown): void } | undefined;

  constructor() {
    this.session = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  done(session: Session): void {
    this.#settle?.resolve(session);
    this.#settle = undefined;
  }

  fail(error: unknown): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  /** Fails with `signal.reason` when the signal fires before the session is open; `stop` then ends what there is of it. */
  abortBy(signal: AbortSignal | undefined, stop: (reason: unknown) => void): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      this.fail(signal.reason);
      stop(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const dismiss = (): void => signal.removeEventListener("abort", onAbort);
    this.session.then(dismiss, dismiss);
  }
}

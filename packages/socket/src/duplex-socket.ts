/**
 * One byte stream with two independent directions: TCP, TLS, an SSH channel, a WebSocket, a pipe in memory.
 *
 * Contract:
 * - `read()` gives the next chunk, or `undefined` after the peer's clean end (and on every later call). One read at a
 *   time. The caller owns the chunk: the socket never touches those bytes again.
 * - `write()` resolves when the runtime wants more; bytes of concurrent writes go out in call order. The socket may
 *   keep `bytes` until the promise settles, so the caller must not change them before. Afterwards it looks at them no more:
 *   the caller may write the next ones to the same memory.
 * - `closeWrite()` ends our direction; the other stays readable.
 * - `close()` ends both and may be called twice; it never rejects. Pending reads and writes reject with `reason` when one
 *   is given; without one a pending read resolves with `undefined`.
 * - `closed` resolves when both directions are over, and rejects with the error that ended them. Nobody has to look at
 *   it: an unobserved rejection is not reported as unhandled.
 */
export interface DuplexSocket extends AsyncDisposable {
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
  closeWrite(): Promise<void>;
  close(reason?: Error): Promise<void>;
  readonly closed: Promise<void>;
  /**
   * Takes back a chunk that `read()` has given, from a caller who has no view of it left: its memory may serve again, or be
   * freed ahead of the collector. Sockets need not have it, and callers need not use it.
   */
  recycle?(chunk: Uint8Array): void;
  /** What a log may show about the other end, for example `192.0.2.1:4334`. Never an identity. */
  readonly remote?: string;
}

/** Accepts sockets until closed. Iterating takes each accepted socket once; closing the listener leaves accepted sockets alone. */
export interface Listener extends AsyncIterable<DuplexSocket>, AsyncDisposable {
  close(): Promise<void>;
  /** Where it listens, for example `127.0.0.1:4334`. */
  readonly local?: string;
}

/** Opens one connection. Rejects with `signal.reason` when aborted. */
export type Dial = (options?: { readonly signal?: AbortSignal }) => Promise<DuplexSocket>;

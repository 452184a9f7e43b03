/**
 * A protocol without I/O: bytes and time go in, events and bytes come out.
 *
 * After any call the owner takes every event, then the output, then looks at `deadline`. A machine that has thrown stays
 * in its error state: it throws the same error again, and `takeOutput()` still gives what the peer has to be told.
 */
export interface ProtocolMachine<Event> {
  /** Takes bytes from the peer. Throws only errors whose fault is `"peer"`. The machine may keep views of `chunk`, see `copiesInput`. */
  receive(chunk: Uint8Array): void;
  /** Whether `receive()` keeps no view of `chunk`, so that its memory may serve again at once. */
  readonly copiesInput?: boolean;
  /** The peer has ended its direction. Throws when that is too early for the protocol. */
  receiveEnd(): void;
  /** The oldest event not yet taken. */
  nextEvent(): Event | undefined;
  /** Everything now due to the peer, in one piece. */
  takeOutput(): Uint8Array | undefined;
  /** Takes back what `takeOutput()` has given, once nobody looks at it any more: its memory may serve again. */
  recycle?(output: Uint8Array): void;
  /** Bytes waiting in `takeOutput()`. */
  readonly outputLength: number;
  /** When `advance()` has to be called at the latest, in milliseconds of the caller's clock. */
  readonly deadline: number | undefined;
  /** Tells the machine the time. Throws when a deadline has passed whose reaction is an error. */
  advance(now: number): void;
}

/**
 * Takes the messages of a stream piece by piece.
 *
 * `data` gets views of the pushed chunks, never copies and never empty ones. A sink may keep a view as long as whoever
 * pushed the chunk leaves those bytes alone. `end` closes the message; what has come since the last `end` is one message.
 */
export interface FrameSink {
  data(bytes: Uint8Array): void;
  end(): void;
}

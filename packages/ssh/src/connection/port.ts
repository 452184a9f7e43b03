import type { ConnectionEvent } from "./events.ts";

/** What the multiplexer needs of the layer below. */
export interface ConnectionPort {
  /** Sends a message, or holds it back during a key exchange. */
  send(payload: Uint8Array): void;
  /** Whether bulk data may go now. */
  readonly mayTransfer: boolean;
  transfer(head: Uint8Array, body: Uint8Array): void;
  readonly outputLength: number;
  /** Whether the peer has announced that it answers SSH_MSG_PING. */
  readonly peerAnswersPing: boolean;
  emit(event: ConnectionEvent): void;
}

import type { ConnectionEvent } from "../connection/events.ts";
import type { ConnectionPort } from "../connection/port.ts";
import type { Transport } from "../transport/machine.ts";

/** The transport as the multiplexer sees it, and the way its events take. */
export class TransportPort implements ConnectionPort {
  readonly emit: (event: ConnectionEvent) => void;
  readonly #transport: Transport;

  constructor(transport: Transport, emit: (event: ConnectionEvent) => void) {
    this.#transport = transport;
    this.emit = emit;
  }

  get mayTransfer(): boolean {
    return this.#transport.mayTransfer;
  }

  get outputLength(): number {
    return this.#transport.outputLength;
  }

  get peerAnswersPing(): boolean {
    return this.#transport.peerAnswersPing;
  }

  send(payload: Uint8Array): void {
    this.#transport.send(payload);
  }

  transfer(head: Uint8Array, body: Uint8Array): void {
    this.#transport.transfer(head, body);
  }
}

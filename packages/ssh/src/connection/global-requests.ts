import {
  decodeGlobalRequest,
  encodeGlobalRequest,
  encodeRequestFailure,
  encodeRequestSuccess,
} from "../messages/connection.ts";

const KEEPALIVE = "keepalive@openssh.com";
const NO_DATA = new Uint8Array(0);

/** Global requests (RFC 4254 §4): ours are signs of life; of the peer's we know the same and refuse the rest. */
export class GlobalRequests {
  readonly #send: (payload: Uint8Array) => void;
  /** Tokens of our requests without an answer. Answers come in the order of the requests. */
  readonly #outstanding: number[] = [];
  #nextToken = 0;

  constructor(send: (payload: Uint8Array) => void) {
    this.#send = send;
  }

  /** Asks for a sign of life. */
  ping(): number {
    const token = this.#nextToken++;
    this.#outstanding.push(token);
    this.#send(encodeGlobalRequest({ type: "globalRequest", name: KEEPALIVE, wantReply: true, data: NO_DATA }));
    return token;
  }

  receiveRequest(payload: Uint8Array): void {
    const { name, wantReply } = decodeGlobalRequest(payload);
    // hostkeys-00@openssh.com and everything else unknown is without effect.
    if (!wantReply) return;
    // RFC 4254 §4: answers go out in the order of the requests. An unknown request is refused.
    this.#send(
      name === KEEPALIVE ? encodeRequestSuccess({ type: "requestSuccess", data: NO_DATA }) : encodeRequestFailure(),
    );
  }

  /** The token of the request that this SUCCESS or FAILURE answers; `undefined` when nobody has asked. */
  receiveReply(): number | undefined {
    return this.#outstanding.shift();
  }
}

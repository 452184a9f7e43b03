import { SshError } from "../errors.ts";
import {
  decodeGlobalRequest,
  decodeRequestFailure,
  decodeRequestSuccess,
  encodeGlobalRequest,
  encodeRequestFailure,
  encodeRequestSuccess,
} from "../messages/connection.ts";
import { SSH_MSG } from "../messages/numbers.ts";
import type { ConnectionPort } from "./port.ts";

/** What a SUCCESS carries; `undefined` stands for FAILURE. */
export type GlobalReply = Uint8Array | undefined;

/** Takes a request of the peer, and calls `answer` once, now or later. */
export type GlobalRequestHandler = (data: Uint8Array, answer: (reply: GlobalReply) => void) => void;

/** The one request that every implementation answers, with success or without: a sign of life. */
export const KEEPALIVE = "keepalive@openssh.com";

/** Answers that may wait behind one that takes its time. */
const MAX_OWED = 64;
const NO_DATA = new Uint8Array(0);

type GlobalRequestsPort = Pick<ConnectionPort, "send">;

/** Global requests (RFC 4254 §4) both ways. What nobody here handles is refused. */
export class GlobalRequests {
  readonly #port: GlobalRequestsPort;
  /** Made with the first one: most connections have none. */
  #handlers: Map<string, GlobalRequestHandler> | undefined;
  /** Who waits for the answers to our requests. They come in the order of the requests. */
  readonly #asked: ((reply: GlobalReply) => void)[] = [];
  /** Our answers, in the order of the peer's requests, from the first one that is not ready. */
  readonly #owed: { payload: Uint8Array | undefined }[] = [];

  constructor(port: GlobalRequestsPort) {
    this.#port = port;
  }

  /** Whether an answer of the peer is due. */
  get awaitsReply(): boolean {
    return this.#asked.length > 0;
  }

  handle(name: string, handler: GlobalRequestHandler): void {
    this.#handlers ??= new Map();
    this.#handlers.set(name, handler);
  }

  ask(name: string, data: Uint8Array, answered: (reply: GlobalReply) => void): void {
    this.#asked.push(answered);
    this.#port.send(encodeGlobalRequest({ type: "globalRequest", name, wantReply: true, data }));
  }

  /** Says something that wants no answer. */
  tell(name: string, data: Uint8Array): void {
    this.#port.send(encodeGlobalRequest({ type: "globalRequest", name, wantReply: false, data }));
  }

  receiveRequest(payload: Uint8Array): void {
    const { name, wantReply, data } = decodeGlobalRequest(payload);
    const handler = this.#handlers?.get(name);
    const answer = wantReply ? this.#owe() : () => {};
    if (name === KEEPALIVE) answer(NO_DATA);
    else if (handler === undefined) answer(undefined);
    else handler(data, answer);
  }

  /** SSH_MSG_REQUEST_SUCCESS or SSH_MSG_REQUEST_FAILURE. An answer that nobody waits for has no effect. */
  receiveReply(number: number, payload: Uint8Array): void {
    if (number === SSH_MSG.requestSuccess) this.#asked.shift()?.(decodeRequestSuccess(payload).data);
    else {
      decodeRequestFailure(payload);
      this.#asked.shift()?.(undefined);
    }
  }

  /** The peer does not know global requests at all, and says so in its own way. */
  unimplemented(): void {
    this.#asked.shift()?.(undefined);
  }

  /** A place in the order of our answers (RFC 4254 §4). */
  #owe(): (reply: GlobalReply) => void {
    if (this.#owed.length >= MAX_OWED)
      throw new SshError("limit-exceeded", `receiving global requests: more than ${MAX_OWED} wait for their answers`, {
        phase: "connection",
      });
    const place: { payload: Uint8Array | undefined } = { payload: undefined };
    this.#owed.push(place);
    return (reply) => {
      place.payload =
        reply === undefined ? encodeRequestFailure() : encodeRequestSuccess({ type: "requestSuccess", data: reply });
      this.#sendReady();
    };
  }

  #sendReady(): void {
    for (let first = this.#owed[0]; first?.payload !== undefined; first = this.#owed[0]) {
      this.#owed.shift();
      this.#port.send(first.payload);
    }
  }
}

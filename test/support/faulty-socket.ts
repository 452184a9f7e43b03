import { type Dial, type DuplexSocket, type Listener, TransportError } from "@netconf-kit/socket";

/** Which way bytes go: from who dialed, or to them. */
export type Direction = "out" | "in";

/** `cut`: both ends learn at once that the connection is broken. `stall`: nothing gets through any more, and nobody is told. */
export type LinkFault = "cut" | "stall";

/** What goes wrong with a link: in the place of the byte after so many in that direction. Nothing is ever reordered. */
export interface LinkPlan {
  readonly fault: LinkFault;
  readonly direction: Direction;
  readonly afterBytes: number;
}

/** A connection in memory that goes wrong as planned, or when it is told to. */
export class FaultyLink {
  /** The end of who dialed, and of who listens. */
  readonly dialer: DuplexSocket;
  readonly listener: DuplexSocket;
  /** Bytes that got through. */
  readonly passed: Record<Direction, number> = { out: 0, in: 0 };
  readonly #plan: LinkPlan | undefined;
  readonly #ends: readonly [FaultyEnd, FaultyEnd];
  #fault: LinkFault | undefined;

  constructor(plan?: LinkPlan) {
    this.#plan = plan;
    const dialer = new FaultyEnd(this, "out");
    const listener = new FaultyEnd(this, "in");
    dialer.peer = listener;
    listener.peer = dialer;
    this.#ends = [dialer, listener];
    this.dialer = dialer;
    this.listener = listener;
    this.pass("out", 0);
    this.pass("in", 0);
  }

  get fault(): LinkFault | undefined {
    return this.#fault;
  }

  /** Ends that nobody has closed and that have not broken. */
  get openEnds(): number {
    return this.#ends.filter(({ open }) => open).length;
  }

  break(fault: LinkFault): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    if (fault === "cut") for (const end of this.#ends) end.fail(new TransportError("reset", "the link was cut"));
  }

  /** How many of so many bytes get through now. */
  admit(direction: Direction, length: number): number {
    if (this.#fault !== undefined) return 0;
    if (this.#plan?.direction !== direction) return length;
    return Math.min(length, this.#plan.afterBytes - this.passed[direction]);
  }

  /** To be called when the admitted bytes are through: the plan may be fulfilled now. */
  pass(direction: Direction, length: number): void {
    this.passed[direction] += length;
    const plan = this.#plan;
    if (plan?.direction === direction && this.passed[direction] >= plan.afterBytes) this.break(plan.fault);
  }
}

/** A network with one place to listen at, whose links go wrong. */
export class FaultyNetwork {
  /** All links that there ever were. */
  readonly links: FaultyLink[] = [];
  /** The plan of the next link; then there is none. */
  next: LinkPlan | undefined;
  #listening: FaultyListener | undefined;

  /** Only one listens at a time. */
  listen(): Listener {
    this.#listening = new FaultyListener();
    return this.#listening;
  }

  readonly dial: Dial = async () => {
    const listening = this.#listening;
    if (listening === undefined || listening.closed) {
      throw new TransportError("connection-refused", "nobody listens there");
    }
    const link = new FaultyLink(this.next);
    this.next = undefined;
    this.links.push(link);
    listening.push(link.listener);
    return link.dialer;
  };

  get last(): FaultyLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error("there was no connection yet");
    return link;
  }

  get openEnds(): number {
    return this.links.reduce((sum, link) => sum + link.openEnds, 0);
  }

  /** Changes whenever a byte gets through. */
  get passed(): number {
    return this.links.reduce((sum, { passed }) => sum + passed.out + passed.in, 0);
  }
}

/** One end. A fault strikes where bytes are written: those that are through still arrive. */
class FaultyEnd implements DuplexSocket {
  readonly remote = "192.0.2.1:51000";
  readonly closed: Promise<void>;
  peer: FaultyEnd | undefined;
  open = true;
  readonly #link: FaultyLink;
  readonly #direction: Direction;
  readonly #received: Uint8Array[] = [];
  #reader: { resolve(chunk: Uint8Array | undefined): void; reject(error: Error): void } | undefined;
  /** What comes after the received bytes. */
  #incomingEnd: { readonly error: Error | undefined } | undefined;
  #outgoingError: Error | undefined;
  #settleClosed!: { resolve(): void; reject(error: Error): void };

  constructor(link: FaultyLink, direction: Direction) {
    this.#link = link;
    this.#direction = direction;
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = { resolve, reject };
    });
    this.closed.catch(() => {});
  }

  read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#serve();
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#outgoingError !== undefined) return Promise.reject(this.#outgoingError);
    const admitted = this.#link.admit(this.#direction, bytes.length);
    if (admitted > 0) this.peer?.receive(bytes.slice(0, admitted));
    this.#link.pass(this.#direction, admitted);
    // What a stalled network swallows its sender takes for sent: a buffer has it.
    return this.#outgoingError === undefined ? Promise.resolve() : Promise.reject(this.#outgoingError);
  }

  closeWrite(): Promise<void> {
    this.#outgoingError ??= new TransportError("closed", "this direction has been ended");
    if (this.#link.fault === undefined) this.peer?.receiveEnd(undefined);
    return Promise.resolve();
  }

  close(reason?: Error): Promise<void> {
    if (!this.open) return Promise.resolve();
    const reset = reason && new TransportError("reset", "the peer has closed the connection", { cause: reason });
    if (this.#link.fault === undefined) this.peer?.receiveEnd(reset);
    this.#received.length = 0;
    this.#end(reason, reason ?? new TransportError("closed", "this end is closed"));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  fail(error: Error): void {
    if (this.open) this.#end(error, error);
  }

  receive(bytes: Uint8Array): void {
    if (!this.open) return;
    this.#received.push(bytes);
    this.#serve();
  }

  receiveEnd(error: Error | undefined): void {
    this.#incomingEnd ??= { error };
    this.#serve();
  }

  #end(incoming: Error | undefined, outgoing: Error): void {
    this.open = false;
    this.#incomingEnd = { error: incoming };
    this.#outgoingError = outgoing;
    if (incoming === undefined) this.#settleClosed.resolve();
    else this.#settleClosed.reject(incoming);
    this.#serve();
  }

  #serve(): void {
    const reader = this.#reader;
    const end = this.#incomingEnd;
    if (reader === undefined || (this.#received.length === 0 && end === undefined)) return;
    this.#reader = undefined;
    const chunk = this.#received.shift();
    if (chunk === undefined && end?.error !== undefined) reader.reject(end.error);
    else reader.resolve(chunk);
  }
}

class FaultyListener implements Listener {
  readonly local = "192.0.2.254:4334";
  readonly #waiting: DuplexSocket[] = [];
  #wake: (() => void) | undefined;
  closed = false;

  push(socket: DuplexSocket): void {
    this.#waiting.push(socket);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuplexSocket> {
    while (!this.closed || this.#waiting.length > 0) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#wake?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

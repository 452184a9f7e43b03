import type { WebSocketLike } from "../src/mod.ts";

type Listener = (event: { readonly data: unknown; readonly code: number }) => void;

/** A WebSocket in memory: messages and closing arrive later, in their order, as tasks of their own. */
export class FakeWebSocket implements WebSocketLike {
  binaryType = "blob";
  readyState = 1;
  bufferedAmount = 0;
  readonly codes: (number | undefined)[] = [];
  readonly sent: Uint8Array[] = [];
  other: FakeWebSocket | undefined;
  readonly #listeners: { readonly type: string; readonly listener: Listener }[] = [];

  static pair(): readonly [FakeWebSocket, FakeWebSocket] {
    const [left, right] = [new FakeWebSocket(), new FakeWebSocket()];
    left.other = right;
    right.other = left;
    return [left, right];
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push({ type, listener });
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.sent.push(bytes);
    setImmediate(() => this.other?.receive(bytes.slice().buffer));
  }

  close(code?: number): void {
    if (this.readyState > 1) return;
    this.readyState = 2;
    this.codes.push(code);
    setImmediate(() => {
      this.other?.end(code ?? 1005);
      this.end(code ?? 1005);
    });
  }

  open(): void {
    this.readyState = 1;
    this.#tell("open");
  }

  receive(data: unknown): void {
    if (this.readyState === 1) this.#tell("message", { data });
  }

  end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#tell("close", { code });
  }

  #tell(type: string, { data, code = 0 }: { readonly data?: unknown; readonly code?: number } = {}): void {
    for (const each of this.#listeners) if (each.type === type) each.listener({ data, code });
  }
}

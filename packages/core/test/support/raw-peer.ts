import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const EOM = "]]>]]>";
export const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

/** The text of a hello; `sessionId` makes it a server's. */
export function helloText(versions: readonly ("1.0" | "1.1")[], sessionId?: string | number): string {
  const list = versions.map((v) => `<capability>urn:ietf:params:netconf:base:${v}</capability>`).join("");
  const id = sessionId === undefined ? "" : `<session-id>${sessionId}</session-id>`;
  return `<hello xmlns="${BASE}"><capabilities>${list}</capabilities>${id}</hello>`;
}

export function chunked(text: string): string {
  return `\n#${encoder.encode(text).length}\n${text}\n##\n`;
}

/** The far end of a session under test, speaking raw text. */
export class RawPeer {
  readonly near: DuplexSocket;
  readonly #far: DuplexSocket;
  received = "";

  constructor() {
    const [near, far] = memoryPair();
    this.near = near;
    this.#far = far;
    void this.#readAll();
  }

  send(text: string): Promise<void> {
    return this.#far.write(encoder.encode(text));
  }

  sendBytes(bytes: Uint8Array): Promise<void> {
    return this.#far.write(bytes);
  }

  /** Waits until what has arrived contains `text`. */
  async expect(text: string): Promise<void> {
    for (let turn = 0; !this.received.includes(text); turn++) {
      if (turn > 2000) throw new Error(`expected ${JSON.stringify(text)} in ${JSON.stringify(this.received)}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  end(): Promise<void> {
    return this.#far.closeWrite();
  }

  close(reason?: Error): Promise<void> {
    return this.#far.close(reason);
  }

  async #readAll(): Promise<void> {
    try {
      for (let chunk = await this.#far.read(); chunk !== undefined; chunk = await this.#far.read()) {
        this.received += decoder.decode(chunk);
      }
    } catch {
      // the session under test closed with an error: what it said before is in `received`
    }
  }
}

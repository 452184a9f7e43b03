import { type DuplexSocket, type Listener, memoryPair } from "@netconf-kit/socket";
import { acceptServerSession, type PeerIdentity, type Secure, type ServerSession } from "../../src/mod.ts";
import { allCapabilities, plainHandler } from "./pair.ts";

export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** A listener whose connections the test makes. */
export class MemoryListener implements Listener {
  readonly local = "memory";
  #waiting: DuplexSocket[] = [];
  #wake: (() => void) | undefined;
  #over: { readonly error: Error | undefined } | undefined;

  /** The device's end of a new connection. */
  connect(remote: string): DuplexSocket {
    const [near, far] = memoryPair();
    this.#waiting.push(Object.assign(near, { remote }));
    this.#wake?.();
    return far;
  }

  fail(error: Error): void {
    this.#over = { error };
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#over ??= { error: undefined };
    this.#wake?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuplexSocket> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#over?.error) throw this.#over.error;
      else if (this.#over) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

export const key = (name: string): PeerIdentity => ({
  kind: "ssh-host-key",
  algorithm: "ssh-ed25519",
  fingerprint: `SHA256:${name}`,
});

/** Stands for SSH: the device's first line is its key, then the stream is plain. */
export const secure: Secure = async (socket) => {
  const line = new TextDecoder().decode(await socket.read());
  if (!line.startsWith("key ")) throw new Error(`no key but ${JSON.stringify(line)}`);
  return {
    socket,
    username: "admin",
    peer: key(line.slice(4)),
    security: { cipher: "none" },
    close: (reason) => socket.close(reason),
  };
};

/** A device that calls: says its key and serves. */
export async function device(
  listener: MemoryListener,
  name: string,
  sessionId = 1,
  remote = `192.0.2.1:${sessionId}`,
): Promise<ServerSession> {
  const socket = listener.connect(remote);
  await socket.write(new TextEncoder().encode(`key ${name}`));
  await turn();
  return acceptServerSession(socket, {
    sessionId,
    username: "admin",
    capabilities: allCapabilities,
    handler: plainHandler,
  });
}

export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 1000) throw new Error("the condition never came true");
    await turn();
  }
}

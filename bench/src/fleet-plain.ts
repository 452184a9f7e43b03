import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { type Dial, memoryPair, type PeerIdentity, type Secure, type SecureChannel } from "netconf-kit";

/*
 * In the place of TCP and SSH: a pair in memory, on which a device says its name and that is all. What is measured above it is
 * the sessions' own cost.
 */

/** A network with one place to listen at. */
export class PlainNetwork implements Listener {
  readonly local = "memory";
  readonly #waiting: DuplexSocket[] = [];
  #wake: (() => void) | undefined;

  /** The way of a device to the manager. Its name is the first chunk. */
  dialAs(name: string): Dial {
    return async () => {
      const [near, far] = memoryPair();
      await near.write(new TextEncoder().encode(name));
      // A connection takes a turn of the event loop, as from any network.
      setImmediate(() => {
        this.#waiting.push(far);
        this.#wake?.();
      });
      return near;
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuplexSocket> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** The process ends when it is over. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The manager's end: takes the name for an identity. */
export const plainManager: Secure = async (socket, { verifyPeer }) => {
  const peer = identityOf(new TextDecoder().decode(await socket.read()));
  verifyPeer?.(peer);
  return channelOf(socket, peer);
};

/** The device's end. */
export const plainDevice: Secure = async (socket) => channelOf(socket, { kind: "unauthenticated" });

function identityOf(name: string): PeerIdentity {
  return { kind: "x509-certificate", fingerprint: name, names: [], authority: undefined };
}

function channelOf(socket: DuplexSocket, peer: PeerIdentity): SecureChannel {
  return { socket, username: "ops", peer, security: {}, close: (reason) => socket.close(reason) };
}

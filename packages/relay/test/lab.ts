import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { listenTcp, type TcpListener } from "@netconf-kit/node-adapter";
import { type ClientOptions, WebSocket } from "ws";
import { createRelay, type Relay, type RelayEvent, type RelayOptions } from "../src/mod.ts";
import { dialUrl, relayProtocols, waitUrl } from "../src/page.ts";

export const token = "a-token-of-24-characters";

/** A WebSocket of a page, and what has come over it. */
export interface Page {
  readonly ws: WebSocket;
  readonly bytes: () => Buffer;
  readonly texts: readonly string[];
  /** Resolves when so many bytes have come. */
  readonly until: (length: number) => Promise<Buffer>;
  readonly opened: Promise<void>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Everything that a test opens, so that it is closed again. */
export class RelayLab implements AsyncDisposable {
  readonly events: RelayEvent[] = [];
  readonly #closers: (() => unknown)[] = [];
  readonly #watchers = new Set<() => void>();

  async relay(options: Partial<RelayOptions> = {}): Promise<Relay> {
    const onEvent = (event: RelayEvent): void => {
      this.events.push(event);
      for (const watcher of this.#watchers) watcher();
    };
    const relay = await createRelay({ token, onEvent, ...options });
    this.#closers.push(() => relay.close());
    return relay;
  }

  callHome(): Promise<TcpListener> {
    return listenTcp();
  }

  /** Resolves with the first event of that kind. */
  event<Kind extends RelayEvent["kind"]>(kind: Kind): Promise<Extract<RelayEvent, { kind: Kind }>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.events.find((event) => event.kind === kind);
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found as Extract<RelayEvent, { kind: Kind }>); // it has that kind
      };
      this.#watchers.add(look);
      look();
    });
  }

  dial(relay: Relay, target: string, options?: ClientOptions & { readonly token?: string }): Page {
    return this.page(dialUrl(relay.url, target), options);
  }

  wait(relay: Relay): Page {
    return this.page(waitUrl(relay.url));
  }

  page(url: string, options: ClientOptions & { readonly token?: string } = {}): Page {
    const ws = new WebSocket(url, relayProtocols(options.token ?? token), options);
    const chunks: Buffer[] = [];
    const texts: string[] = [];
    const watchers = new Set<() => void>();
    const bytes = (): Buffer => Buffer.concat(chunks);
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => {
      if (isBinary)
        chunks.push(data as Buffer); // the default binaryType
      else texts.push(String(data));
      for (const watcher of watchers) watcher();
    });
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      ws.on("close", (code, reason) => resolve({ code, reason: String(reason) })),
    );
    const until = (length: number): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (chunks.reduce((sum, chunk) => sum + chunk.length, 0) < length) return;
          watchers.delete(look);
          resolve(bytes());
        };
        watchers.add(look);
        look();
        void closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)));
      });
    this.#closers.push(() => ws.terminate());
    return { ws, bytes, texts, until, closed, opened: new Promise((resolve) => ws.on("open", resolve)) };
  }

  /** A device that listens: each connection goes to `serve`. */
  async device(serve: (socket: Socket) => void): Promise<string> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closers.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  }

  /** A device that calls. */
  async call(port: number): Promise<Socket> {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    this.#closers.push(() => socket.destroy());
    await new Promise<void>((resolve) => socket.on("connect", resolve));
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }
}

/** A device that says back what it is told. */
export const echo = (socket: Socket): void => void socket.pipe(socket);

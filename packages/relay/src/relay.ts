import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { dialTcp } from "@netconf-kit/node-adapter";
import { type Clock, type DuplexSocket, isTransportError, type Listener, systemClock } from "@netconf-kit/socket";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { Door } from "./door.ts";
import { isRelayError, RelayError, relayErrors } from "./errors.ts";
import type { RelayEvent } from "./events.ts";
import { Gate, type Way } from "./gate.ts";
import { addressOf, httpServer, listenAt } from "./http-server.ts";
import { join } from "./join.ts";
import { type RelayLimits, relayLimits } from "./limits.ts";
import { RELAY_PROTOCOL, writeDevice } from "./page.ts";
import type { Relay, RelayOptions } from "./relay-options.ts";
import { RepeatCounter } from "./repeat-counter.ts";
import { formatTarget, type RelayTarget } from "./targets.ts";
import { WaitingRoom } from "./waiting-room.ts";
import { WsSocket } from "./ws-socket.ts";

/**
 * Joins WebSockets to TCP: a page dials listed targets, or waits for devices that call home. It carries bytes and understands none
 * of them; SSH ends in the page.
 *
 * @throws RelayError `bad-option`; TransportError `address-in-use`, `permission-denied`, `address-not-available`.
 * @example
 * const relay = await createRelay({ token: randomRelayToken(), allow: ["192.0.2.1:830"] });
 * console.log(relay.url);
 */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  try {
    const relay = new RunningRelay(options);
    await relay.listen();
    return relay;
  } catch (error) {
    await options.callHome?.close();
    throw error;
  }
}

/** Refused WebSockets that are being closed, so that pages see why; more get a bare HTTP answer. */
const MAX_REFUSING = 32;

/** For the other side to answer a close, until the connection is cut. */
const CLOSE_MILLISECONDS = 2000;

class RunningRelay implements Relay {
  host = "";
  port = 0;
  readonly #options: RelayOptions;
  readonly #limits: RelayLimits;
  readonly #clock: Clock;
  readonly #door: Door;
  readonly #http: Server;
  readonly #upgrades: WebSocketServer;
  readonly #room: WaitingRoom<WsSocket>;
  readonly #clients: Set<WsSocket> = new Set();
  readonly #refusals: RepeatCounter;
  /** What `close()` waits for. */
  readonly #work: Set<Promise<void>> = new Set();
  #refusing = 0;
  #stopped = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#limits = relayLimits(options.limits);
    this.#clock = options.clock ?? systemClock;
    this.#refusals = new RepeatCounter({
      interval: this.#limits.reportTime,
      clock: this.#clock,
      onEvent: (event) => options.onEvent?.(event),
    });
    this.#door = new Door(new Gate({ ...options, callHome: options.callHome !== undefined }), this.#limits);
    this.#room = new WaitingRoom({
      limits: this.#limits,
      clock: this.#clock,
      onEvent: (event) => this.#tell(event),
      isHere: (client) => client.isOpen,
      onPair: (client, device) => this.#run(this.#join("call-home", client, device, device.remote ?? "")),
    });
    this.#upgrades = upgrades(this.#limits.maxMessage);
    this.#http = httpServer(options.files ?? upgradeRequired, this.#limits, options.tls);
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get url(): string {
    return `${this.#options.tls === undefined ? "ws" : "wss"}://${formatTarget(this)}`;
  }

  async listen(): Promise<void> {
    const { host = "127.0.0.1", port = 0, callHome } = this.#options;
    ({ host: this.host, port: this.port } = await listenAt(this.#http, host, port));
    if (callHome !== undefined) this.#run(this.#takeCalls(callHome));
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#http.close();
    this.#room.close();
    await this.#options.callHome?.close();
    const reason = new RelayError("stopped", "the relay was stopped");
    await Promise.all([...this.#clients].map((client) => client.close(reason)));
    await Promise.all(this.#work);
    this.#refusals.close();
    this.#http.closeAllConnections();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #takeCalls(listener: Listener): Promise<void> {
    for await (const device of listener) {
      if (this.#stopped) void device.close();
      else this.#room.addDevice(device);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {}); // the close that follows is enough
    const remote = addressOf(request.socket);
    const { origin, host, "sec-websocket-protocol": protocols } = request.headers;
    try {
      const { way, leave } = this.#door.admit({ url: request.url, origin, host, protocols }, remote);
      socket.once("close", leave);
      this.#upgrades.handleUpgrade(request, socket, head, (ws) => this.#serve(this.#clientOf(ws, remote), way));
    } catch (error) {
      if (!isRelayError(error)) throw error;
      this.#tell({ kind: "refused", client: remote, error });
      if (this.#refusing >= MAX_REFUSING) {
        // Sockets of HTTP stay half open otherwise, for as long as the other end likes.
        socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n", () => socket.destroy());
        return;
      }
      // Browsers hide the answer to an upgrade from their pages; they show the code of a WebSocket that is closed.
      this.#refusing++;
      socket.once("close", () => this.#refusing--);
      this.#upgrades.handleUpgrade(request, socket, head, (ws) => void this.#clientOf(ws, remote).close(error));
    }
  }

  #clientOf(ws: WebSocket, remote: string): WsSocket {
    const { maxQueued, pingTime } = this.#limits;
    const client = new WsSocket(ws, { remote, maxQueued, pingTime, clock: this.#clock });
    this.#clients.add(client);
    const forget = (): void => void this.#clients.delete(client);
    this.#run(client.closed.then(forget, forget));
    return client;
  }

  #serve(client: WsSocket, way: Way): void {
    if (this.#stopped) void client.close(new RelayError("stopped", "the relay was stopped"));
    else this.#run(way.kind === "dial" ? this.#dial(client, way.target) : this.#wait(client));
  }

  async #dial(client: WsSocket, target: RelayTarget): Promise<void> {
    const { dialTo = (to) => dialTcp({ ...to, timeout: this.#limits.handshakeTime }) } = this.#options;
    const gone = new AbortController();
    const giveUp = (): void => gone.abort();
    client.closed.then(giveUp, giveUp);
    let device: DuplexSocket;
    try {
      device = await dialTo(target)({ signal: gone.signal });
    } catch (cause) {
      if (gone.signal.aborted) this.#tell({ kind: "left", client: client.remote });
      else {
        const error = dialError(cause, target);
        this.#tell({ kind: "refused", client: client.remote, error });
        await client.close(error);
      }
      return;
    }
    await this.#join("dial", client, device, formatTarget(target));
  }

  async #wait(client: WsSocket): Promise<void> {
    this.#tell({ kind: "waiting", client: client.remote });
    client.readsNothing = true;
    const leave = this.#room.addClient(client);
    const error = await client.closed.then(
      () => undefined,
      (reason: unknown) => (isRelayError(reason) ? reason : undefined),
    );
    if (leave()) this.#tell({ kind: "left", client: client.remote, ...(error !== undefined && { error }) });
  }

  async #join(way: "dial" | "call-home", client: WsSocket, device: DuplexSocket, name: string): Promise<void> {
    const ends = { way, client: client.remote, device: name };
    client.readsNothing = false;
    this.#tell({ kind: "joined", ...ends });
    // Writes keep their order: it comes before every byte of the device. When it fails, so does all that follows.
    if (way === "call-home") client.writeText(writeDevice({ address: name })).catch(() => {});
    const traffic = await join(client, device, { idleTime: this.#limits.idleTime, clock: this.#clock });
    this.#tell({ kind: "closed", ...ends, ...traffic });
  }

  #run(work: Promise<void>): void {
    this.#work.add(work);
    const done = (): void => void this.#work.delete(work);
    work.then(done, done);
  }

  #tell(event: RelayEvent): void {
    if (event.kind === "refused" || event.kind === "device-dropped") this.#refusals.add(event);
    else this.#options.onEvent?.(event);
  }
}

function upgrades(maxMessage: number): WebSocketServer {
  // Its types do not know closeTimeout yet.
  const settings: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // ciphertext does not get smaller
    autoPong: false, // see WsSocket
    maxPayload: maxMessage,
    closeTimeout: CLOSE_MILLISECONDS,
    // The token is among the offered ones: it is never sent back.
    handleProtocols: (offered) => (offered.has(RELAY_PROTOCOL) ? RELAY_PROTOCOL : false),
  };
  return new WebSocketServer(settings);
}

function dialError(cause: unknown, target: RelayTarget): RelayError {
  const code = isTransportError(cause) && cause.code in relayErrors ? cause.code : "device-lost";
  const known = code as keyof typeof relayErrors; // the table has been asked
  return new RelayError(known, `${formatTarget(target)}: ${relayErrors[known].meaning}`, { cause });
}

function upgradeRequired(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { "Content-Type": "text/plain; charset=utf-8", Upgrade: "websocket", Connection: "Upgrade" });
  response.end("This is a relay for WebSockets.\n");
}

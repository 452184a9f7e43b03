import { type Clock, type DuplexSocket, type Listener, systemClock } from "@netconf-kit/socket";
import { asError, NetconfError, quoted } from "../errors.ts";
import { BoundedQueue } from "../shell/bounded-queue.ts";
import { type ClientSession, type ClientSessionOptions, openClientSession } from "../shell/client-session.ts";
import { type CallHomeEvent, type CallHomeSession, type ConnectionEvent, rejectReason } from "./accept-events.ts";
import { type Connecting, ConnectingSet } from "./connecting-set.ts";
import { Deadline } from "./deadline.ts";
import { type DeviceList, type KnownDevice, type PeerIdentity, unknownIdentityOf } from "./identity.ts";
import type { Secure, SecureChannel } from "./secure.ts";
import { WatchedSocket } from "./watched-socket.ts";

export interface CallHomeOptions<Credentials = unknown> {
  /** Who may call. Without it every peer that `secure` lets through is welcome, named by its fingerprint. */
  readonly devices?: DeviceList<Credentials>;
  /** A second connection of a device whose first one still stands: refuse it, or end the first. Default `replace`. */
  readonly whenConnected?: "reject" | "replace";
  /** Told of everything. What it throws is dropped: a log must not stop a device. */
  readonly onEvent?: (event: CallHomeEvent) => void;
  /** Takes each session. Without it they wait in `sessions`. */
  readonly onSession?: (session: CallHomeSession<Credentials>) => void;
  /** Milliseconds until the peer has to have sent a byte. Default 10 000. */
  readonly firstByteTimeout?: number;
  /** Milliseconds that SSH or TLS may take, login included. Default 30 000. */
  readonly secureTimeout?: number;
  /**
   * Connections on their way to a session. Default 256. One more waits; after a second of silence the oldest silent one makes
   * room for it.
   */
  readonly maxConnecting?: number;
  /** Open sessions, and sessions that nobody has taken. Default 4096. */
  readonly maxSessions?: number;
  readonly session?: Omit<ClientSessionOptions, "clock" | "signal">;
  readonly clock?: Clock;
}

/** Listens for devices that call. */
export interface CallHomeManager<Credentials = unknown> extends AsyncDisposable {
  /** Sessions as they become ready, unless `onSession` takes them. Ends with the manager. */
  readonly sessions: AsyncIterable<CallHomeSession<Credentials>>;
  /** The devices that have a session now. */
  connected(): readonly CallHomeSession<Credentials>[];
  /** Connections on their way to a session. */
  readonly connectingCount: number;
  /** Stops listening and drops what is on its way; sessions go on unless asked otherwise. */
  close(options?: { readonly sessions?: boolean }): Promise<void>;
  /** Resolves when every listener has ended; rejects with the error of one that failed. Nobody has to look at it. */
  readonly closed: Promise<void>;
}

/**
 * Accepts devices that call home, RFC 8071 §3.1: each socket is secured, identified, and becomes a client session. All at
 * once, each under its own time limits; what one device does or fails to do never holds up another.
 *
 * @example
 * const manager = acceptCallHome([listener], secure, { devices, onEvent: (event) => log(event) });
 * for await (const { device, session } of manager.sessions) console.log(device, session.sessionId);
 */
export function acceptCallHome<Credentials = unknown>(
  listeners: Listener | readonly Listener[],
  secure: Secure,
  options: CallHomeOptions<Credentials> = {},
): CallHomeManager<Credentials> {
  return new Manager("close" in listeners ? [listeners] : listeners, secure, options);
}

/** What an `identified` or later step knows. */
interface Claim {
  readonly device: string;
  end(error: NetconfError): void;
}

class Manager<Credentials> implements CallHomeManager<Credentials> {
  readonly sessions: BoundedQueue<CallHomeSession<Credentials>>;
  readonly closed: Promise<void>;
  readonly #listeners: readonly Listener[];
  readonly #secure: Secure;
  readonly #options: CallHomeOptions<Credentials>;
  readonly #clock: Clock;
  readonly #connecting: ConnectingSet;
  readonly #claims = new Map<string, Claim>();
  readonly #open = new Map<ClientSession, CallHomeSession<Credentials>>();
  #count = 0;
  #closing = false;

  constructor(listeners: readonly Listener[], secure: Secure, options: CallHomeOptions<Credentials>) {
    this.#listeners = listeners;
    this.#secure = secure;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#connecting = new ConnectingSet(options.maxConnecting ?? DEFAULT_MAX_CONNECTING, this.#clock);
    // Bounded by maxSessions and maxConnecting: see #full().
    this.sessions = new BoundedQueue(Number.POSITIVE_INFINITY);
    this.closed = this.#listenToAll();
    this.closed.catch(() => {}); // nobody has to look at it
  }

  get connectingCount(): number {
    return this.#connecting.size;
  }

  connected(): readonly CallHomeSession<Credentials>[] {
    return [...this.#open.values()];
  }

  async close(options: { readonly sessions?: boolean } = {}): Promise<void> {
    this.#closing = true;
    for (const connecting of this.#connecting) connecting.deadline.fire(managerClosed());
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    if (options.sessions === true) await Promise.all([...this.#open.keys()].map((session) => session.close()));
    await this.closed.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ sessions: true });
  }

  async #listenToAll(): Promise<void> {
    const ends = await Promise.allSettled(this.#listeners.map((listener) => this.#listen(listener)));
    this.sessions.end();
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #listen(listener: Listener): Promise<void> {
    try {
      for await (const socket of listener) {
        const connecting = this.#begin(socket);
        await this.#connecting.admit(connecting);
        void this.#receive(connecting);
      }
    } catch (thrown) {
      const error = asError(thrown);
      this.#tell({ kind: "listener-failed", local: listener.local, at: this.#clock.now(), error });
      throw error;
    }
  }

  #begin(accepted: DuplexSocket): Connecting {
    const socket = new WatchedSocket(accepted);
    const since = this.#clock.now();
    const connecting = { number: ++this.#count, socket, deadline: new Deadline(this.#clock), since };
    this.#report(connecting, { kind: "connected" });
    return connecting;
  }

  async #receive(connecting: Connecting): Promise<void> {
    try {
      const refusal = this.#closing ? managerClosed() : this.#full(this.#open.size);
      if (refusal !== undefined) this.#reject(connecting, refusal, "secure-failed");
      else await this.#connect(connecting);
    } finally {
      connecting.deadline.clear();
      this.#connecting.delete(connecting);
    }
  }

  /** The sessions that nobody takes from the queue count too, also when they have ended. */
  #full(count: number): NetconfError | undefined {
    const limit = this.#options.maxSessions ?? DEFAULT_MAX_SESSIONS;
    if (count < limit && this.sessions.size < limit) return undefined;
    const what = count < limit ? "wait to be taken" : "are open";
    return new NetconfError("limit-sessions", `cannot accept a device: ${limit} sessions ${what}`);
  }

  async #connect(connecting: Connecting): Promise<void> {
    const channel = await this.#secureInTime(connecting).catch((error: unknown) => {
      this.#reject(connecting, asError(error), "secure-failed", { peer: unknownIdentityOf(error), device: undefined });
      return undefined;
    });
    if (channel === undefined) return;
    let claim: Claim | undefined;
    let known: KnownDevice<Credentials> | undefined;
    try {
      known = this.#options.devices?.require(channel.peer);
      claim = this.#claim(connecting, channel, known?.name ?? nameOf(channel.peer, connecting));
      await this.#openSession(connecting, channel, known, claim);
    } catch (error) {
      if (claim !== undefined) this.#release(claim);
      closeQuietly(channel, asError(error));
      this.#reject(connecting, asError(error), "session-failed", {
        peer: channel.peer,
        device: claim?.device ?? known?.name,
      });
    }
  }

  /** SSH or TLS, under both time limits. A `secure` that ignores its signal cannot hold up anything either. */
  async #secureInTime({ socket, deadline }: Connecting): Promise<SecureChannel> {
    const firstByte = this.#options.firstByteTimeout ?? DEFAULT_FIRST_BYTE_TIMEOUT;
    const total = this.#options.secureTimeout ?? DEFAULT_SECURE_TIMEOUT;
    deadline.set(firstByte, () => {
      if (!socket.heard) return new NetconfError("timeout-first-byte", `the peer sent nothing within ${firstByte} ms`);
      return undefined;
    });
    deadline.set(total, () => new NetconfError("timeout-secure", `the peer was not authenticated within ${total} ms`));
    const securing = this.#secure(socket, { signal: deadline.signal });
    // A channel that comes too late has no taker.
    securing.then(
      (late) => deadline.fired && closeQuietly(late),
      () => {},
    );
    const channel = await deadline.race(securing);
    deadline.clear();
    if (!deadline.fired) return channel;
    closeQuietly(channel);
    throw deadline.signal.reason;
  }

  /** One session per device: takes the name, or fails. */
  #claim(connecting: Connecting, channel: SecureChannel, device: string): Claim {
    const standing = this.#claims.get(device);
    const full = standing === undefined ? this.#full(this.#claims.size) : undefined;
    if (full !== undefined) throw full;
    if (standing !== undefined) {
      if (this.#options.whenConnected === "reject") {
        throw new NetconfError(
          "already-connected",
          `cannot accept device ${quoted(device)}: it has a connection already`,
        );
      }
      standing.end(new NetconfError("replaced", `device ${quoted(device)} has called again`));
    }
    const claim: Claim = { device, end: (error) => connecting.deadline.fire(error) };
    this.#claims.set(device, claim);
    this.#report(connecting, { kind: "identified", peer: channel.peer, device });
    return claim;
  }

  #release(claim: Claim): void {
    if (this.#claims.get(claim.device) === claim) this.#claims.delete(claim.device);
  }

  async #openSession(
    connecting: Connecting,
    channel: SecureChannel,
    known: KnownDevice<Credentials> | undefined,
    claim: Claim,
  ): Promise<void> {
    const { signal } = connecting.deadline;
    const session = await openClientSession(channel.socket, { ...this.#options.session, clock: this.#clock, signal });
    const { device } = claim;
    const opened = { device, known, peer: channel.peer, remote: connecting.socket.remote, channel, session };
    const since = this.#clock.now();
    const end = (): void => session.abort(asError(signal.reason));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    this.#open.set(session, opened);
    this.#connecting.delete(connecting);
    this.#report(connecting, { kind: "ready", device, sessionId: session.sessionId, version: session.version });
    void session.closed.then((reason) => {
      this.#open.delete(session);
      this.#release(claim);
      closeQuietly(channel);
      this.#report(connecting, { kind: "closed", device, reason, milliseconds: this.#clock.now() - since });
    });
    this.#deliver(opened);
  }

  #deliver(opened: CallHomeSession<Credentials>): void {
    if (this.#options.onSession === undefined) {
      this.sessions.push(opened, 1);
      return;
    }
    try {
      this.#options.onSession(opened);
    } catch (error) {
      opened.session.abort(asError(error));
    }
  }

  #reject(
    connecting: Connecting,
    error: Error,
    step: "secure-failed" | "session-failed",
    known: { readonly peer: PeerIdentity | undefined; readonly device: string | undefined } = NOBODY,
  ): void {
    void connecting.socket.close(error);
    this.#report(connecting, { kind: "rejected", reason: rejectReason(error, step), error, ...known });
  }

  #report(connecting: Connecting, event: DistributiveOmit<ConnectionEvent, "connection" | "remote" | "at">): void {
    this.#tell({ connection: connecting.number, remote: connecting.socket.remote, at: this.#clock.now(), ...event });
  }

  #tell(event: CallHomeEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // Said in the option: a log that throws is its own problem, never that of a device.
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const NOBODY = { peer: undefined, device: undefined };
const DEFAULT_FIRST_BYTE_TIMEOUT = 10_000;
const DEFAULT_SECURE_TIMEOUT = 30_000;
const DEFAULT_MAX_CONNECTING = 256;
const DEFAULT_MAX_SESSIONS = 4096;

function managerClosed(): NetconfError {
  return new NetconfError("manager-closed", "the manager stopped listening");
}

/** Without a list a device is named by what it proved; one that proved nothing is a stranger each time. */
function nameOf(peer: PeerIdentity, connecting: Connecting): string {
  return peer.kind === "unauthenticated" ? `connection-${connecting.number}` : peer.fingerprint;
}

/** The channel comes from the caller's code; what its close() does wrong must not become an unhandled rejection. */
function closeQuietly(channel: SecureChannel, reason?: Error): void {
  new Promise((resolve) => resolve(channel.close(reason))).catch(() => {});
}

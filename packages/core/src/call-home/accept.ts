import {
  type Admission,
  AdmissionControl,
  type AdmissionLimits,
  type AdmissionRefusal,
  type Clock,
  type Listener,
  sourceOf,
  systemClock,
} from "@netconf-kit/socket";
import { asError, NetconfError } from "../errors.ts";
import { BoundedQueue } from "../shell/bounded-queue.ts";
import { type ClientSession, openClientSession } from "../shell/client-session.ts";
import { type Claim, DeviceClaims } from "./accept-claims.ts";
import { type CallHomeEvent, type CallHomeSession, type ConnectionEvent, rejectReason } from "./accept-events.ts";
import {
  type AcceptSecure,
  type CallHomeAcceptor,
  type CallHomeManagerSettings,
  type CallHomeOptions,
  defaultCallHomeSettings as defaults,
} from "./accept-options.ts";
import { type Connecting, type ConnectingLimits, ConnectingSet } from "./connecting-set.ts";
import { Deadline } from "./deadline.ts";
import { identityErrorOf, type KnownDevice, type PeerIdentity } from "./identity.ts";
import { KnownSources } from "./known-sources.ts";
import type { SecureChannel } from "./secure.ts";
import { WatchedSocket } from "./watched-socket.ts";

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
  secure: AcceptSecure,
  options: CallHomeOptions<Credentials> = {},
): CallHomeAcceptor<Credentials> {
  return new Manager("close" in listeners ? [listeners] : listeners, secure, options);
}

class Manager<Credentials> implements CallHomeAcceptor<Credentials> {
  readonly sessions: BoundedQueue<CallHomeSession<Credentials>>;
  readonly closed: Promise<void>;
  readonly #secure: AcceptSecure;
  readonly #clock: Clock;
  readonly #connecting: ConnectingSet;
  readonly #claims: DeviceClaims;
  readonly #sources = new KnownSources();
  /** What listens, until it has ended. */
  readonly #listening = new Map<Listener, Promise<void>>();
  readonly #open = new Map<ClientSession, CallHomeSession<Credentials>>();
  #options: CallHomeOptions<Credentials>;
  #control: AdmissionControl;
  #count = 0;
  #closing = false;
  #end!: { resolve(): void; reject(error: Error): void };
  #failure: Error | undefined;

  constructor(listeners: readonly Listener[], secure: AcceptSecure, options: CallHomeOptions<Credentials>) {
    this.#secure = secure;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#connecting = new ConnectingSet(connectingLimits(options), this.#clock);
    this.#claims = new DeviceClaims(this.#clock);
    this.#control = new AdmissionControl({ ...ADMISSION, ...options.admission });
    // Bounded by maxSessions and maxConnecting: see #full().
    this.sessions = new BoundedQueue(Number.POSITIVE_INFINITY);
    this.closed = new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
    this.closed.catch(() => {}); // nobody has to look at it
    for (const listener of listeners) this.addListener(listener);
  }

  get connectingCount(): number {
    return this.#connecting.size;
  }

  get waitingCount(): number {
    return this.#connecting.waiting;
  }

  connected(): readonly CallHomeSession<Credentials>[] {
    return [...this.#open.values()];
  }

  addListener(listener: Listener, secure: AcceptSecure = this.#secure): void {
    if (this.#closing) throw managerClosed();
    const listen = async (): Promise<void> => {
      try {
        await this.#listen(listener, secure);
      } catch (thrown) {
        const error = asError(thrown);
        this.#failure ??= error;
        this.#tell({ kind: "listener-failed", local: listener.local, at: this.#clock.now(), error });
      }
      // Where it is not in the map any more, somebody has taken it away, and the manager stays.
      if (this.#listening.delete(listener) && this.#listening.size === 0) this.#finish();
    };
    this.#listening.set(listener, listen());
  }

  async removeListener(listener: Listener): Promise<void> {
    const ended = this.#listening.get(listener);
    this.#listening.delete(listener);
    await listener.close();
    await ended;
  }

  configure(settings: CallHomeManagerSettings): void {
    this.#options = { ...this.#options, ...settings };
    this.#connecting.limits = connectingLimits(this.#options);
    if (settings.admission !== undefined) this.#control = new AdmissionControl({ ...ADMISSION, ...settings.admission });
  }

  async close(options: { readonly sessions?: boolean } = {}): Promise<void> {
    this.#closing = true;
    for (const connecting of this.#connecting) connecting.deadline.fire(managerClosed());
    await Promise.all([...this.#listening].map(([listener, ended]) => listener.close().then(() => ended)));
    if (options.sessions === true) await Promise.all([...this.#open.keys()].map((session) => session.close()));
    this.#finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ sessions: true });
  }

  #finish(): void {
    this.#closing = true;
    this.sessions.end();
    if (this.#failure === undefined) this.#end.resolve();
    else this.#end.reject(this.#failure);
  }

  async #listen(listener: Listener, secure: AcceptSecure): Promise<void> {
    for await (const accepted of listener) {
      const socket = new WatchedSocket(accepted);
      const connecting: Connecting = {
        number: ++this.#count,
        socket,
        deadline: new Deadline(this.#clock),
        known: this.#isKnownSource(accepted.remote),
        start: (refusal) => void this.#receive(connecting, secure, refusal),
      };
      this.#report(connecting, { kind: "connected" });
      // Who may not call at all does not wait in line.
      if (this.#options.admission?.allows?.(accepted.remote) === false)
        connecting.start(closedOnArrival("not-allowed"));
      else await this.#connecting.admit(connecting);
    }
  }

  #isKnownSource(remote: string | undefined): boolean {
    if (remote === undefined) return false;
    return this.#sources.has(sourceOf(remote)) || this.#options.isKnownSource?.(remote) === true;
  }

  async #receive(connecting: Connecting, secure: AcceptSecure, refused?: NetconfError): Promise<void> {
    // Open sessions are counted when it is known who calls: one of them may be its own, and dead.
    const refusal = refused ?? (this.#closing ? managerClosed() : this.#full(0));
    const admission = refusal ?? this.#admit(connecting);
    try {
      if (admission instanceof NetconfError) this.#reject(connecting, admission, "secure-failed");
      else await this.#connect(connecting, secure, admission);
    } finally {
      connecting.deadline.clear();
      this.#connecting.delete(connecting);
      if (!(admission instanceof NetconfError)) admission.end(this.#clock.now());
    }
  }

  #admit({ socket }: Connecting): Admission | NetconfError {
    const verdict = this.#control.admit(socket.address, this.#clock.now());
    return verdict.admitted ? verdict : closedOnArrival(verdict.reason);
  }

  /** The sessions that nobody takes from the queue count too, also when they have ended. */
  #full(count: number): NetconfError | undefined {
    const limit = this.#options.maxSessions ?? defaults.maxSessions;
    if (count < limit && this.sessions.size < limit) return undefined;
    const what = count < limit ? "wait to be taken" : "are open";
    return new NetconfError("limit-sessions", `cannot accept a device: ${limit} sessions ${what}`);
  }

  async #connect(connecting: Connecting, secure: AcceptSecure, admission: Admission): Promise<void> {
    const channel = await this.#secureInTime(connecting, secure).catch((error: unknown) => {
      const found = identityErrorOf(error);
      this.#reject(connecting, asError(error), "secure-failed", { peer: found?.identity, device: found?.device });
      return undefined;
    });
    if (channel === undefined) return;
    admission.succeed(this.#clock.now());
    let claim: Claim | undefined;
    let device: string | undefined;
    try {
      const { recognize, devices } = this.#options;
      const known = recognize === undefined ? devices?.require(channel.peer) : recognize(channel);
      device = known?.name ?? nameOf(channel.peer, connecting);
      claim = await this.#claim(connecting, channel, device);
      await this.#openSession(connecting, channel, known, claim);
    } catch (error) {
      if (claim !== undefined) this.#claims.release(claim);
      closeQuietly(channel, asError(error));
      this.#reject(connecting, asError(error), "session-failed", { peer: channel.peer, device });
    }
  }

  /** SSH or TLS, under both time limits. A `secure` that ignores its signal cannot hold up anything either. */
  async #secureInTime({ number, socket, deadline }: Connecting, secure: AcceptSecure): Promise<SecureChannel> {
    const firstByte = this.#options.firstByteTimeout ?? defaults.firstByteTimeout;
    const total = this.#options.secureTimeout ?? defaults.secureTimeout;
    deadline.set(firstByte, () => {
      if (!socket.heard) return new NetconfError("timeout-first-byte", `the peer sent nothing within ${firstByte} ms`);
      return undefined;
    });
    deadline.set(total, () => new NetconfError("timeout-secure", `the peer was not authenticated within ${total} ms`));
    const securing = secure(socket, { signal: deadline.signal, connection: number });
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
  async #claim(connecting: Connecting, channel: SecureChannel, device: string): Promise<Claim> {
    const full = this.#claims.has(device) ? undefined : this.#full(this.#claims.size);
    if (full !== undefined) throw full;
    const { whenConnected = defaults.whenConnected, probeTimeout = defaults.probeTimeout } = this.#options;
    const { socket, deadline } = connecting;
    const claim: Claim = { device, socket, deadline };
    await this.#claims.take(claim, { whenConnected, probeTimeout });
    this.#report(connecting, { kind: "identified", peer: channel.peer, device });
    return claim;
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
    claim.session = session;
    this.#connecting.delete(connecting);
    const { address } = connecting.socket;
    if (address !== undefined) this.#sources.remember(sourceOf(address));
    this.#report(connecting, { kind: "ready", device, sessionId: session.sessionId, version: session.version });
    void session.closed.then((reason) => {
      this.#open.delete(session);
      this.#claims.release(claim);
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
/** The total waits in the ConnectingSet, and is not refused: devices that all call at once have done nothing wrong. */
const ADMISSION: AdmissionLimits = {
  maxPending: Number.POSITIVE_INFINITY,
  maxPendingPerSource: 128,
  failures: { burst: Number.POSITIVE_INFINITY, perSecond: 0 },
  failuresPerSource: { burst: 256, perSecond: 8 },
};

function connectingLimits({ maxConnecting, maxWaiting }: CallHomeManagerSettings): ConnectingLimits {
  return { places: maxConnecting ?? defaults.maxConnecting, waiting: maxWaiting ?? defaults.maxWaiting };
}

function closedOnArrival(reason: AdmissionRefusal["reason"]): NetconfError {
  return new NetconfError("limit-connecting", `the connection was closed on arrival: ${reason.replaceAll("-", " ")}`);
}

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

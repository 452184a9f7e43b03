import type { Clock } from "@netconf-kit/socket";
import {
  type ClientSession,
  type Connection,
  type CryptoProvider,
  capabilityUris,
  connect,
  type Dial,
  type HostKeyVerdict,
  NETCONF_SUBSYSTEM,
  type OfferedHostKey,
  openClientSession,
} from "netconf-kit";
import { Change } from "./change.ts";
import { authenticationOf, type Login } from "./credentials.ts";
import { LiveEvents } from "./events.ts";
import type { HostKeyFinding, HostKeys } from "./host-keys.ts";
import { Retrieval } from "./retrieval.ts";
import { createStore, type Store } from "./store.ts";
import { Transcript } from "./transcript.ts";

/** A session that is open, and what can be done with it. */
export interface OpenDevice {
  readonly session: ClientSession;
  /** What was negotiated and with whom, as pairs for people. */
  readonly facts: Readonly<Record<string, string>>;
  readonly data: Retrieval;
  readonly change: Change;
  readonly events: LiveEvents;
}

export type DevicePhase =
  | { readonly kind: "connecting"; readonly what: string }
  /** SSH waits: nothing of the user has been sent yet (RFC 4251 §4.1). */
  | { readonly kind: "host-key"; readonly offered: OfferedHostKey; readonly finding: HostKeyFinding }
  | { readonly kind: "open"; readonly open: OpenDevice }
  /** What was open stays to be read. */
  | { readonly kind: "closed"; readonly error?: unknown; readonly open?: OpenDevice };

export interface DeviceState {
  readonly name: string;
  readonly phase: DevicePhase;
  /** Text of the device for the user before the login (RFC 4252 §5.4). */
  readonly banner?: string;
}

/** How a device is reached and by whom. */
export interface DeviceRoad {
  readonly dial: Dial;
  /** `host:port`; absent for a device that has called home. */
  readonly target?: string;
  /** What to call it until its host key says more. */
  readonly name: string;
  readonly login: Login;
  /** Forgive known deviations of devices. */
  readonly lenient?: boolean;
}

/** What belongs to the page and not to one device. */
export interface DeviceSurroundings {
  readonly hostKeys: HostKeys;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly provider?: CryptoProvider;
}

/** Milliseconds of silence after which the device is asked for a sign of life. */
const KEEPALIVE = 30_000;

/**
 * One device from the dialling to the end of its session.
 *
 * @example
 * const device = new Device(1, road, surroundings);
 * void device.run();
 * device.answerHostKey(true, "router-7");
 */
export class Device {
  readonly id: number;
  readonly road: DeviceRoad;
  readonly state: Store<DeviceState>;
  readonly transcript: Transcript;
  readonly #around: DeviceSurroundings;
  readonly #abort = new AbortController();
  #connection: Connection | undefined;
  #answer: ((verdict: HostKeyVerdict) => void) | undefined;

  constructor(id: number, road: DeviceRoad, around: DeviceSurroundings) {
    this.id = id;
    this.road = road;
    this.#around = around;
    this.transcript = new Transcript(around.now);
    this.state = createStore<DeviceState>({
      name: road.name,
      phase: { kind: "connecting", what: "Reaching the device" },
    });
  }

  /** Connects and stays until the session is over. Never rejects. */
  async run(): Promise<void> {
    const { road } = this;
    try {
      const connection = await connect({
        dial: road.dial,
        username: road.login.username,
        authentication: () => {
          this.#phase({ kind: "connecting", what: "Logging in" });
          return authenticationOf(road.login);
        },
        verifyHostKey: (offered) => this.#verify(offered),
        onBanner: (banner) => this.state.update((state) => ({ ...state, banner })),
        keepalive: { interval: KEEPALIVE },
        signal: this.#abort.signal,
        session: { onMessage: this.transcript.onMessage, strictness: road.lenient === true ? "lenient" : "strict" },
        ...(this.#around.provider === undefined ? {} : { provider: this.#around.provider }),
      });
      this.#connection = connection;
      const open = this.#open(connection);
      this.#phase({ kind: "open", open });
      void open.data.load("running");
      const reason = await connection.session.closed;
      open.change.stop();
      await connection.channel.ssh.close();
      this.#phase({ kind: "closed", open, ...(reason.by === "error" ? { error: reason.error } : {}) });
    } catch (error) {
      this.#phase(this.#abort.signal.aborted ? { kind: "closed" } : { kind: "closed", error });
    }
  }

  /** The user's decision about the key that is shown. An accepted one is remembered under `name`. */
  answerHostKey(accept: boolean, name: string): void {
    const { phase } = this.state.value;
    if (phase.kind !== "host-key" || this.#answer === undefined) return;
    const answer = this.#answer;
    this.#answer = undefined;
    if (!accept || phase.finding.kind === "changed") {
      answer({ accept: false, reason: "it was not approved" });
      return;
    }
    const { fingerprint, keyType } = phase.offered;
    const { target } = this.road;
    this.#around.hostKeys.remember({ fingerprint, keyType, name, ...(target === undefined ? {} : { target }) });
    this.state.update((state) => ({ ...state, name }));
    answer({ accept: true });
  }

  /** Ends the session, or gives up connecting. */
  async close(): Promise<void> {
    this.#abort.abort(new Error("closed by the user"));
    await this.#connection?.close();
  }

  #verify(offered: OfferedHostKey): HostKeyVerdict | Promise<HostKeyVerdict> {
    const finding = this.#around.hostKeys.find(offered, this.road.target);
    if (finding.kind === "known") {
      this.state.update((state) => ({ ...state, name: finding.entry.name }));
      return { accept: true };
    }
    this.#phase({ kind: "host-key", offered, finding });
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  #open(connection: Connection): OpenDevice {
    const { session, channel } = connection;
    const { clock } = this.#around;
    return {
      session,
      facts: {
        session: `${session.sessionId}, NETCONF ${session.version}`,
        "host key": `${channel.ssh.hostKey.keyType} ${channel.ssh.hostKey.fingerprint}`,
        ...channel.security,
      },
      data: new Retrieval(session, () => clock.now()),
      change: new Change(session, clock),
      events: new LiveEvents(() => this.#eventSession(connection)),
    };
  }

  /** RFC 5277 §6: without interleave a session with a subscription does nothing else, so events get one of their own. */
  async #eventSession({ session, channel }: Connection): Promise<ClientSession> {
    if (session.capabilities.has(capabilityUris.interleave)) return session;
    return openClientSession(await channel.ssh.openSubsystem(NETCONF_SUBSYSTEM), {
      onMessage: this.transcript.onMessage,
      signal: this.#abort.signal,
    });
  }

  #phase(phase: DevicePhase): void {
    this.state.update((state) => ({ ...state, phase }));
  }
}

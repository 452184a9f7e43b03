import type { AdmissionOptions, Clock, DuplexSocket, Listener } from "@netconf-kit/socket";
import type { ClientSessionOptions } from "../shell/client-session.ts";
import type { WhenConnected } from "./accept-claims.ts";
import type { CallHomeEvent, CallHomeSession } from "./accept-events.ts";
import type { DeviceList, KnownDevice } from "./identity.ts";
import type { SecureChannel, SecureOptions } from "./secure.ts";

/** What may be changed while the manager runs. It counts for the connections that come afterwards. */
export interface CallHomeManagerSettings {
  /**
   * A second connection of a device whose first one still stands: `reject` it; `replace` the first; or `probe` the first, which
   * then stays if it answers. Default `probe`.
   */
  readonly whenConnected?: WhenConnected;
  /** Milliseconds that a probed session has to show a sign of life. Default 5000. */
  readonly probeTimeout?: number;
  /** Milliseconds until the peer has to have sent a byte. Default 10 000. */
  readonly firstByteTimeout?: number;
  /** Milliseconds that SSH or TLS may take, login included. Default 30 000. */
  readonly secureTimeout?: number;
  /**
   * Connections on their way to a session at once. Default 256. An eighth of them is for known sources only. More wait; when
   * somebody waits, who has been silent for a second makes room.
   */
  readonly maxConnecting?: number;
  /** Connections that wait for their turn, and as many again from known sources. Default 4096. */
  readonly maxWaiting?: number;
  /**
   * Who may call, and what strangers may take. Default: anybody; from one address 128 on their way to a session, and 256 that
   * come to nothing, then 8 a second; the total is that of `maxConnecting`. Raise it for many devices behind one address.
   */
  readonly admission?: AdmissionOptions;
  /** Open sessions, and sessions that nobody has taken. Default 4096. */
  readonly maxSessions?: number;
}

/** What counts where nothing is set. */
export const defaultCallHomeSettings: Required<Omit<CallHomeManagerSettings, "admission">> = {
  whenConnected: "probe",
  probeTimeout: 5000,
  firstByteTimeout: 10_000,
  secureTimeout: 30_000,
  maxConnecting: 256,
  maxWaiting: 4096,
  maxSessions: 4096,
};

/** Who may call a manager, how many at once, and who is told. */
export interface CallHomeOptions<Credentials = unknown> extends CallHomeManagerSettings {
  /** Who may call. Without it every peer that `secure` lets through is welcome, named by its fingerprint. */
  readonly devices?: DeviceList<Credentials>;
  /**
   * Says which device a secured channel belongs to, or throws; in the place of `devices`, for a `secure` that has found out already.
   */
  readonly recognize?: (channel: SecureChannel) => KnownDevice<Credentials>;
  /**
   * Addresses that devices are expected at. Under a flood they go before others, as do those that devices have come from since the
   * manager started. It proves nothing.
   */
  readonly isKnownSource?: (remote: string) => boolean;
  /** Told of everything. What it throws is dropped: a log must not stop a device. */
  readonly onEvent?: (event: CallHomeEvent) => void;
  /** Takes each session. Without it they wait in `sessions`. */
  readonly onSession?: (session: CallHomeSession<Credentials>) => void;
  readonly session?: Omit<ClientSessionOptions, "clock" | "signal">;
  readonly clock?: Clock;
}

/** `Secure`, told which connection it is about. */
export type AcceptSecure = (socket: DuplexSocket, options: AcceptSecureOptions) => Promise<SecureChannel>;

/** What securing an accepted connection is told. */
export interface AcceptSecureOptions extends SecureOptions {
  /** As in events. */
  readonly connection: number;
}

/** What `acceptCallHome` gives: a manager, and what says how its connections are secured. */
export interface CallHomeAcceptor<Credentials = unknown> extends CallHomeManager<Credentials> {
  /** Listens there too, with a `secure` of its own or that of the manager. @throws NetconfError `manager-closed` */
  addListener(listener: Listener, secure?: AcceptSecure): void;
  /** Changes settings; those not named stay as they are. */
  configure(settings: CallHomeManagerSettings): void;
}

/** Listens for devices that call. */
export interface CallHomeManager<Credentials = unknown> extends AsyncDisposable {
  /** Sessions as they become ready, unless `onSession` takes them. Ends with the manager. */
  readonly sessions: AsyncIterable<CallHomeSession<Credentials>>;
  /** The devices that have a session now. */
  connected(): readonly CallHomeSession<Credentials>[];
  /** Connections on their way to a session. */
  readonly connectingCount: number;
  /** Connections that wait for their turn. */
  readonly waitingCount: number;
  /** Stops listening there. What came from it goes on. The manager stays, also without a listener. */
  removeListener(listener: Listener): Promise<void>;
  /** Stops listening and drops what is on its way; sessions go on unless asked otherwise. */
  close(options?: { readonly sessions?: boolean }): Promise<void>;
  /**
   * Resolves when the manager has been closed, or its last listener has ended by itself; rejects with the error of a listener that
   * failed. Nobody has to look at it.
   */
  readonly closed: Promise<void>;
}

import type { RequestListener } from "node:http";
import type { Clock, Dial, Listener } from "@netconf-kit/socket";
import type { RelayEvent } from "./events.ts";
import type { RelayLimits } from "./limits.ts";
import type { RelayTarget } from "./targets.ts";

/** What `createRelay` takes; only the token is needed. */
export interface RelayOptions {
  /** Address to listen at for browsers. Default `127.0.0.1`; any other needs `tls`, or a proxy that speaks it, in front. */
  readonly host?: string;
  /** Default 0: the system chooses, see `port` of the result. */
  readonly port?: number;
  /** Certificate and key in PEM, for wss. Default: plain ws. */
  readonly tls?: RelayTls;
  /** What every WebSocket has to show, 16 to 256 characters; see `randomRelayToken`. */
  readonly token: string;
  /** The targets that may be dialled: `HOST:PORT`, or networks as `192.0.2.0/24:830`. Default: none. */
  readonly allow?: readonly string[];
  /** Origins of the pages that may connect, exactly. Default: those that this very address serves. */
  readonly origins?: readonly string[];
  /** Where devices call. It is the relay's from now on. Default: nobody can wait for devices. */
  readonly callHome?: Listener;
  /** Answers HTTP requests that are no WebSockets, see `staticFiles`. Default: 426. */
  readonly files?: RequestListener;
  /** How targets are reached. Default: TCP. */
  readonly dialTo?: (target: RelayTarget) => Dial;
  readonly limits?: Partial<RelayLimits>;
  readonly onEvent?: (event: RelayEvent) => void;
  readonly clock?: Clock;
}

/** What a relay proves itself with to browsers, in PEM. */
export interface RelayTls {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/** A relay that listens. */
export interface Relay extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Such as `ws://127.0.0.1:8080`. */
  readonly url: string;
  /** Ends every WebSocket with `stopped`, lets devices go, and listens no longer. */
  close(): Promise<void>;
}

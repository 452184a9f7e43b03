import {
  type CallHomeConfig,
  type CallHomeEndpointConfig,
  callHomePort,
  DeviceCalls,
  type DeviceCallsOptions,
} from "@netconf-kit/call-home";
import { NetconfError, type Secure } from "@netconf-kit/core";
import type { Dial } from "@netconf-kit/socket";
import { chance } from "./chance.ts";
import type { ServeSocketOptions, ServeSshOptions } from "./serve.ts";
import { serveCall } from "./serve-call.ts";
import { quiet, type ServeEvent, type SessionServer } from "./serve-session.ts";
import { secondsNow } from "./wall-clock.ts";

/** How a device reaches its managers, and what it serves them. */
export interface CallManagersOptions
  extends Pick<DeviceCallsOptions, "clock" | "wallClock" | "random" | "liveness" | "lastConnected" | "onEvent"> {
  readonly server: SessionServer;
  /** For endpoints with `transport: "ssh"`. */
  readonly ssh?: Omit<ServeSshOptions, "server" | "signal">;
  /** For endpoints with `transport: "tls"`: TLS in the server role, such as `tlsServer()` of an adapter. */
  readonly tls?: Secure;
  /** Makes the dial of one endpoint: `dialTcp` of the Node adapter is such a function. */
  readonly dialTo: (address: CallHomeAddress) => Dial;
  readonly onServeEvent?: (event: ServeEvent & { readonly manager: string }) => void;
}

/** Where to dial, and from where. */
export interface CallHomeAddress {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Milliseconds of silence after which the system probes the peer. */
  readonly keepalive?: number;
}

/**
 * Keeps up the connections of a device to all its managers, over SSH and TLS, side by side, as a configuration says (RFC 8071
 * §4.1). The configuration can be replaced at run time: `apply`.
 *
 * @throws NetconfError `invalid-argument` for a configuration that cannot be, or whose transport is not there
 * @example
 * const calls = callManagers({
 *   managers: [
 *     { name: "noc", endpoints: [{ name: "north", host: "north.example" }, { name: "south", host: "south.example" }] },
 *     { name: "backup", endpoints: [{ name: "vault", host: "vault.example", transport: "tls" }],
 *       connection: { type: "periodic", period: 86_400_000 } },
 *   ],
 * }, { server, ssh: { hostKeys: [hostKey], authenticate }, tls: tlsServer({ cert, key, clientCa, certToName }), dialTo: dialTcp });
 */
export function callManagers(config: CallHomeConfig, options: CallManagersOptions): DeviceCalls {
  const { server, ssh, tls, dialTo, onServeEvent, ...rest } = options;
  const serving = (endpoint: CallHomeEndpointConfig): ServeSocketOptions => {
    const { transport = "ssh", keepalives } = endpoint;
    const { maxWait: interval, maxAttempts: max } = keepalives?.ssh ?? {};
    if (transport === "tls" && tls !== undefined) return { server, tls };
    if (transport === "ssh" && ssh !== undefined) {
      const keepalive = interval === undefined ? {} : { keepalive: { interval, ...(max !== undefined && { max }) } };
      return { ...ssh, ...keepalive, server };
    }
    throw new NetconfError(
      "invalid-argument",
      `cannot call "${endpoint.name}": nothing was given to serve ${transport}`,
    );
  };
  return new DeviceCalls(config, {
    random: chance,
    wallClock: () => secondsNow() * 1000,
    ...rest,
    dialTo: (endpoint) => {
      serving(endpoint);
      return dialTo(callHomeAddress(endpoint));
    },
    serve: (socket, { manager, endpoint, ...context }) => {
      const onEvent = quiet((event) => onServeEvent?.({ ...event, manager }));
      // A manager that logs in has been reached: from here on the connection stands.
      return serveCall(socket, serving(endpoint), { ...context, onEvent, reached: "authenticated" });
    },
  });
}

/**
 * What a dial has to know of an endpoint.
 *
 * @example
 * const { host, port } = callHomeAddress({ name: "noc", host: "noc.example" });
 */
export function callHomeAddress(endpoint: CallHomeEndpointConfig): CallHomeAddress {
  const { host, localAddress, localPort, keepalives } = endpoint;
  return {
    host,
    port: callHomePort(endpoint),
    ...(localAddress !== undefined && { localAddress }),
    ...(localPort !== undefined && { localPort }),
    ...(keepalives?.tcpIdleTime !== undefined && { keepalive: keepalives.tcpIdleTime }),
  };
}

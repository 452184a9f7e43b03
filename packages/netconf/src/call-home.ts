import {
  type CallHomeDevice,
  type CallHomeDeviceOptions,
  type CallHomeEndpoint,
  callHome as callHomeOver,
} from "@netconf-kit/core";
import { chance } from "./chance.ts";
import type { ServeSocketOptions } from "./serve.ts";
import { serveCall } from "./serve-call.ts";
import { quiet, type ServeEvent } from "./serve-session.ts";
import { secondsNow } from "./wall-clock.ts";

/** Whom a device calls, and what it serves them. */
export type CallHomeServerOptions = ServeSocketOptions & {
  /** Where the manager can be reached, in order of preference. For several managers side by side there is `callManagers()`. */
  readonly endpoints: readonly CallHomeEndpoint[];
  /** When which endpoint is called, and how often. Default: persistent, with jitter. */
  readonly policy?: CallHomeDeviceOptions;
  readonly onServeEvent?: (event: ServeEvent) => void;
};

/**
 * A device that calls home (RFC 8071 §4): dials a manager, serves SSH or TLS as *server* and NETCONF as server on that
 * connection, and calls again by its policy when it is over.
 *
 * @example
 * const device = callHome({
 *   endpoints: [{ name: "noc", dial: dialTcp({ host: "noc.example", port: 4334 }) }],
 *   server, hostKeys: [hostKey], authenticate,
 * });
 */
export function callHome(options: CallHomeServerOptions): CallHomeDevice {
  const { endpoints, policy, onServeEvent, ...serving } = options;
  const onEvent = quiet(onServeEvent);
  return callHomeOver(
    endpoints,
    // A manager that logs in has been reached: from here on the connection stands.
    (socket, context) => serveCall(socket, serving, { ...context, onEvent, reached: "authenticated" }),
    { random: chance, wallClock: () => secondsNow() * 1000, ...policy },
  );
}

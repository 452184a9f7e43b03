import {
  type CallHomeDevice,
  type CallHomeDeviceOptions,
  type CallHomeEndpoint,
  callHome as callHomeOver,
} from "@netconf-kit/core";
import { type ServeEvent, type ServeSocketOptions, serveSocket } from "./serve.ts";

export interface CallHomeServerOptions extends ServeSocketOptions {
  /** The managers to call, in order of preference. For several managers side by side, call `callHome()` once for each. */
  readonly endpoints: readonly CallHomeEndpoint[];
  /** When which endpoint is called, and how often. */
  readonly policy?: CallHomeDeviceOptions;
  readonly onServeEvent?: (event: ServeEvent) => void;
}

/**
 * A device that calls home (RFC 8071 §4): dials a manager, serves SSH as *server* and NETCONF as server on that connection, and
 * calls again by its policy when it is over.
 *
 * @example
 * const device = callHome({
 *   endpoints: [{ name: "noc", dial: dialTcp({ host: "noc.example", port: 4334 }) }],
 *   server, hostKeys: [hostKey], authenticate,
 * });
 */
export function callHome(options: CallHomeServerOptions): CallHomeDevice {
  const { endpoints, policy, onServeEvent, ...serving } = options;
  return callHomeOver(
    endpoints,
    (socket, { signal }) => {
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      return new Promise((resolve, reject) => {
        const closed = serveSocket(socket, {
          ...serving,
          signal: either,
          onEvent: (event) => {
            onServeEvent?.(event);
            // A manager that logs in has been reached: from here on the connection stands.
            if (event.type === "authenticated") resolve({ closed, close });
          },
        });
        closed.catch(reject);
        const close = async (): Promise<void> => {
          stop.abort(new Error("the device ends the connection"));
          await closed.catch(() => {});
        };
      });
    },
    policy,
  );
}

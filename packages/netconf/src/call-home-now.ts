import { callHome as callHomeOver, type ServedConnection } from "@netconf-kit/core";
import type { Clock, Dial } from "@netconf-kit/socket";
import type { ServeSocketOptions } from "./serve.ts";
import { type CalledManager, serveCall } from "./serve-call.ts";
import { quiet, type ServeEvent } from "./serve-session.ts";

/** Whom a device calls once, and what it serves. */
export type CallHomeNowOptions = ServeSocketOptions & {
  /** The manager, such as `dialTcp({ host: "noc.example", port: 4334 })`. */
  readonly dial: Dial;
  /** Milliseconds that the call may take, from the dial to the open session. Default 60 000. */
  readonly connectTimeout?: number;
  /** Gives up, or ends the connection. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly onServeEvent?: (event: ServeEvent) => void;
};

/** A call that was answered. */
export interface HomeCall extends CalledManager, AsyncDisposable {
  readonly sessionId: number;
  /** Resolves when the connection is over, with what broke it. */
  readonly closed: Promise<{ readonly error: Error | undefined }>;
  close(): Promise<void>;
}

/**
 * Calls a manager once, now (RFC 8071 §4.1): resolves when the manager has logged in and opened a NETCONF session.
 *
 * @throws TransportError when it is not reached; SshError or TlsError when it cannot be trusted or does not log in; NetconfError
 *   `timeout-connect`, `peer-closed-before-hello`, …; `signal.reason` when aborted
 * @example
 * const call = await callHomeNow({ dial: dialTcp({ host: "noc.example", port: 4334 }), server, hostKeys: [hostKey], authenticate });
 * console.log(call.username, (await call.closed).error);
 */
export function callHomeNow(options: CallHomeNowOptions): Promise<HomeCall> {
  const { dial, connectTimeout, signal, onServeEvent, ...serving } = options;
  const { clock } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const onEvent = quiet(onServeEvent);
  const { promise: closed, resolve: settleClosed } = withResolver<{ readonly error: Error | undefined }>();
  let called: (ServedConnection & CalledManager) | undefined;
  return new Promise((resolve, reject) => {
    const device = callHomeOver(
      [{ name: "manager", dial }],
      async (socket, context) => {
        called = await serveCall(socket, serving, { ...context, onEvent, reached: "session-started" });
        return called;
      },
      {
        maxAttempts: 1,
        maxRounds: 1,
        reconnect: false,
        ...(connectTimeout !== undefined && { connectTimeout }),
        ...(clock !== undefined && { clock }),
        onEvent: (event) => {
          if (event.kind === "failed") {
            dismiss();
            reject(signal?.aborted ? signal.reason : event.error);
          } else if (event.kind === "connected") {
            const { username = "", sessionId = 0 } = called ?? {};
            const close = (): Promise<void> => device.stop();
            resolve({ username, sessionId, closed, close, [Symbol.asyncDispose]: close });
          } else if (event.kind === "closed") {
            dismiss();
            settleClosed({ error: event.error });
          }
        },
      },
    );
    const onAbort = (): void => void device.stop();
    const dismiss = (): void => signal?.removeEventListener("abort", onAbort);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

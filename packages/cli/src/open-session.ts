import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import { type ClientSession, connect, listenCallHome, type SecureChannel } from "netconf-kit";
import { readCredentials } from "./credentials.ts";
import { describeCallHomeEvent } from "./describe-event.ts";
import { UsageError } from "./exit-codes.ts";
import { devicesThatMayCall, verifierFor } from "./known-devices.ts";
import type { SessionOptions } from "./session-options.ts";
import { parseListenAddress, parseTarget } from "./target.ts";
import type { Terminal } from "./terminal.ts";

/** RFC 6242 §3 and RFC 8071 §4.1. */
export const NETCONF_SSH_PORT = 830;
export const CALL_HOME_SSH_PORT = 4334;

/** A session and the SSH connection under it. Disposing ends both. */
export interface OpenedSession extends AsyncDisposable {
  readonly session: ClientSession;
  readonly channel: SecureChannel;
}

/** Opens the session that target and options ask for: by dialling, or by waiting for a device to call. */
export function openSession(
  target: string | undefined,
  options: SessionOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<OpenedSession> {
  if (options.callHome !== undefined) {
    if (target !== undefined) throw new UsageError(`"${target}" and --call-home exclude each other`);
    return waitForDevice(options.callHome, options, terminal, signal);
  }
  if (target === undefined)
    throw new UsageError("there is no target", { hint: "write [user@]host[:port], or --call-home [addr:]port" });
  return dialDevice(target, options, terminal, signal);
}

async function dialDevice(
  text: string,
  options: SessionOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<OpenedSession> {
  const target = parseTarget(text, NETCONF_SSH_PORT);
  const credentials = await readCredentials(options, target.user, terminal);
  return connect({
    ...credentials,
    ...sshSettings(options),
    dial: dialTcp({ host: target.host, port: target.port, timeout: options.timeout * 1000 }),
    verifyHostKey: await verifierFor(target, options, terminal),
    onBanner: (banner) => terminal.err(banner.trimEnd()),
    session: sessionSettings(options),
    signal,
  });
}

/** Listens, takes the first device that proves to be a known one, and stops listening. */
async function waitForDevice(
  address: string,
  options: SessionOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<OpenedSession> {
  const credentials = await readCredentials(options, undefined, terminal);
  const devices = await devicesThatMayCall(options, credentials);
  const listener = await listenTcp(parseListenAddress(address, "::"));
  terminal.err(`waiting for a device to call ${listener.local}`);
  const manager = listenCallHome({
    listeners: listener,
    devices,
    ssh: sshSettings(options),
    session: sessionSettings(options),
    maxSessions: 1,
    onEvent: (event) => terminal.err(describeCallHomeEvent(event)),
  });
  const onAbort = (): void => void manager.close({ sessions: true });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for await (const { session, channel } of manager.sessions) {
      await manager.close();
      const close = async (): Promise<void> => {
        await session.close();
        await channel.close();
      };
      return { session, channel, [Symbol.asyncDispose]: close };
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  signal.throwIfAborted();
  throw new Error("the listener ended before a device called");
}

/** SSH settings that the options name, in the library's words. */
export function sshSettings(options: Pick<SessionOptions, "timeout" | "keepalive">): {
  readonly timeouts: {
    readonly versionExchange: number;
    readonly keyExchange: number;
    readonly authentication: number;
    readonly channelOpen: number;
  };
  readonly keepalive?: { readonly interval: number };
} {
  const limit = options.timeout * 1000;
  return {
    timeouts: { versionExchange: limit, keyExchange: limit, authentication: limit, channelOpen: limit },
    ...(options.keepalive > 0 && { keepalive: { interval: options.keepalive * 1000 } }),
  };
}

function sessionSettings(options: SessionOptions): { readonly helloTimeout: number; readonly rpcTimeout: number } {
  return { helloTimeout: options.timeout * 1000, rpcTimeout: options.timeout * 1000 };
}

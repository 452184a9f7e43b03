import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import {
  type ClientSession,
  type ClientSessionOptions,
  connect,
  listenCallHome,
  type SecureChannel,
  type SshClientOptions,
} from "netconf-kit";
import { readCredentials } from "./credentials.ts";
import { cryptoProvider } from "./crypto.ts";
import { describeCallHomeEvent } from "./describe-event.ts";
import { UsageError } from "./exit-codes.ts";
import { devicesThatMayCall, verifierFor } from "./known-devices.ts";
import type { SessionOptions } from "./session-options.ts";
import { parseListenAddress, parseTarget } from "./target.ts";
import type { Terminal } from "./terminal.ts";
import { type Trace, traceTo } from "./trace.ts";

/** RFC 6242 §3 and RFC 8071 §4.1. */
export const NETCONF_SSH_PORT = 830;
export const CALL_HOME_SSH_PORT = 4334;

/** A session and the SSH connection under it. Disposing ends both. */
export interface OpenedSession extends AsyncDisposable {
  readonly session: ClientSession;
  readonly channel: SecureChannel;
}

/** Opens the session that target and options ask for: by dialling, or by waiting for a device to call. */
export async function openSession(
  target: string | undefined,
  options: SessionOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<OpenedSession> {
  if (options.callHome !== undefined && target !== undefined) {
    throw new UsageError(`"${target}" and --call-home exclude each other`);
  }
  const trace = options.trace === undefined ? undefined : traceTo(options.trace);
  const settings = sessionSettings(options, trace);
  try {
    const opened =
      options.callHome === undefined
        ? await dialDevice(target, options, settings, terminal, signal)
        : await waitForDevice(options.callHome, options, settings, terminal, signal);
    return { ...opened, [Symbol.asyncDispose]: () => opened.close().finally(() => trace?.close()) };
  } catch (error) {
    trace?.close();
    throw error;
  }
}

/** An open session and how to end it. */
interface Connected {
  readonly session: ClientSession;
  readonly channel: SecureChannel;
  readonly close: () => Promise<void>;
}

type SessionSettings = Pick<ClientSessionOptions, "helloTimeout" | "rpcTimeout" | "onMessage">;

async function dialDevice(
  text: string | undefined,
  options: SessionOptions,
  session: SessionSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Connected> {
  if (text === undefined) {
    throw new UsageError("there is no target", { hint: "write [user@]host[:port], or --call-home [addr:]port" });
  }
  const target = parseTarget(text, NETCONF_SSH_PORT);
  const credentials = await readCredentials(options, target.user, terminal);
  return connect({
    ...credentials,
    ...sshSettings(options),
    dial: dialTcp({ host: target.host, port: target.port, timeout: options.timeout * 1000 }),
    verifyHostKey: await verifierFor(target, options, terminal),
    onBanner: (banner) => terminal.err(banner.trimEnd()),
    session,
    signal,
  });
}

/** Listens, takes the first device that proves to be a known one, and stops listening. */
async function waitForDevice(
  address: string,
  options: SessionOptions,
  settings: SessionSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Connected> {
  const credentials = await readCredentials(options, undefined, terminal);
  const devices = await devicesThatMayCall(options, credentials);
  const listener = await listenTcp(parseListenAddress(address, "::"));
  terminal.err(`waiting for a device to call ${listener.local}`);
  const manager = listenCallHome({
    listeners: listener,
    devices,
    ssh: sshSettings(options),
    session: settings,
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
      return { session, channel, close };
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  signal.throwIfAborted();
  throw new Error("the listener ended before a device called");
}

/** SSH settings that the options name, in the library's words. */
export function sshSettings(
  options: Pick<SessionOptions, "timeout" | "keepalive">,
): Pick<SshClientOptions, "timeouts" | "keepalive" | "provider"> {
  const limit = options.timeout * 1000;
  return {
    provider: cryptoProvider,
    timeouts: { versionExchange: limit, keyExchange: limit, authentication: limit, channelOpen: limit },
    ...(options.keepalive > 0 && { keepalive: { interval: options.keepalive * 1000 } }),
  };
}

function sessionSettings(options: SessionOptions, trace: Trace | undefined): SessionSettings {
  const limit = options.timeout * 1000;
  return { helloTimeout: limit, rpcTimeout: limit, ...(trace && { onMessage: trace.onMessage }) };
}

import type { ClientSession, SecureChannel } from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import { replyTimeout } from "./host-settings.ts";
import { awaitSsh, dialSsh } from "./open-ssh.ts";
import { awaitTls, dialTls } from "./open-tls.ts";
import type { Opener, SessionSettings } from "./opener.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Terminal } from "./terminal.ts";
import { forbidTls } from "./tls-options.ts";
import { type Trace, traceTo } from "./trace.ts";

export { CALL_HOME_SSH_PORT } from "./ports.ts";

/** A session and the SSH or TLS connection under it. Disposing ends both. */
export interface OpenedSession extends AsyncDisposable {
  readonly session: ClientSession;
  readonly channel: SecureChannel;
}

/** Everything that is needed to open sessions with one device, read and asked for once. */
export interface SessionSource extends AsyncDisposable {
  /** Whether `open` may be called more than once: a device that calls home calls when it likes. */
  readonly canReopen: boolean;
  readonly open: (signal: AbortSignal) => Promise<OpenedSession>;
}

/** Opens the session that target and options ask for: by dialling, or by waiting for a device to call. */
export async function openSession(
  target: string | undefined,
  options: SessionOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<OpenedSession> {
  const source = await sessionSource(target, options, terminal);
  try {
    const opened = await source.open(signal);
    const dispose = (): Promise<void> =>
      Promise.resolve(opened[Symbol.asyncDispose]()).finally(() => source[Symbol.asyncDispose]());
    return { ...opened, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** Prepares sessions: reads configuration, keys and passwords, and opens the trace. */
export async function sessionSource(
  target: string | undefined,
  options: SessionOptions,
  terminal: Terminal,
): Promise<SessionSource> {
  if (options.tls !== true) forbidTls(options);
  const trace = options.trace === undefined ? undefined : traceTo(options.trace);
  try {
    const { open, close } = await openerFor(target, options, sessionSettings(options, trace), terminal);
    return {
      canReopen: options.callHome === undefined,
      open: async (signal) => {
        const { session, channel, close: end } = await open(signal);
        return { session, channel, [Symbol.asyncDispose]: end };
      },
      [Symbol.asyncDispose]: () => close().finally(() => trace?.close()),
    };
  } catch (error) {
    trace?.close();
    throw error;
  }
}

function openerFor(
  target: string | undefined,
  options: SessionOptions,
  settings: SessionSettings,
  terminal: Terminal,
): Promise<Opener> {
  const { callHome, tls } = options;
  if (callHome !== undefined) {
    if (target !== undefined) throw new UsageError(`"${target}" and --call-home exclude each other`);
    if (options.jump !== undefined)
      throw new UsageError("--jump and --call-home exclude each other: the device comes to us");
    const wait = tls === true ? awaitTls : awaitSsh;
    return wait(callHome, options, settings, terminal);
  }
  if (target === undefined) {
    throw new UsageError("there is no target", { hint: "write [user@]host[:port], or --call-home [addr:]port" });
  }
  const dial = tls === true ? dialTls : dialSsh;
  return dial(target, options, settings, terminal);
}

/** Time limits and trace of a session. */
export function sessionSettings(options: SessionOptions, trace: Trace | undefined): SessionSettings {
  const limit = replyTimeout(options);
  return { helloTimeout: limit, rpcTimeout: limit, ...(trace && { onMessage: trace.onMessage }) };
}

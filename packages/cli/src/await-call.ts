import { listenTcp, type TcpListener } from "@netconf-kit/node-adapter";
import type { CallHomeEvent, CallHomeManager } from "netconf-kit";
import { describeCallHomeEvent } from "./describe-event.ts";
import type { Connected } from "./opener.ts";
import { parseListenAddress } from "./target.ts";
import type { Terminal } from "./terminal.ts";

export interface AwaitCallOptions {
  /** `[addr:]port`, as `--call-home` has it. */
  readonly address: string;
  readonly defaultPort: number;
  /** Starts a manager that takes one session. */
  readonly listen: (listener: TcpListener, onEvent: (event: CallHomeEvent) => void) => CallHomeManager<unknown>;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Listens, takes the first device that proves to be a known one, and stops listening. */
export async function awaitCall({
  address,
  defaultPort,
  listen,
  terminal,
  signal,
}: AwaitCallOptions): Promise<Connected> {
  const listener = await listenTcp(parseListenAddress(address, defaultPort));
  terminal.err(`waiting for a device to call ${listener.local}`);
  const manager = listen(listener, (event) => terminal.err(describeCallHomeEvent(event)));
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

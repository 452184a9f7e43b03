import type { CalledSocket, DeviceCalls, DeviceCallsEvent } from "netconf-kit";
import { describeDeviceEvent, describeManager } from "./describe-event.ts";
import type { Terminal } from "./terminal.ts";
import { untilAborted } from "./until-aborted.ts";

export interface FollowedCalls {
  /** Several managers: lines name them. */
  readonly several: boolean;
  readonly onEvent?: (event: DeviceCallsEvent) => void;
}

/**
 * Reports the calls until nobody is going to be called any more or the signal fires, and stops them. SIGUSR2 shows where they
 * stand.
 *
 * @throws why a manager was not reached, when nobody is going to be called any more
 */
export async function followCalls<Socket extends CalledSocket>(
  start: (onEvent: (event: DeviceCallsEvent) => void) => DeviceCalls<Socket>,
  { several, onEvent }: FollowedCalls,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const unreached = new Map<string, Error>();
  const calls = start((event) => {
    terminal.err(`${several ? `${event.manager}: ` : ""}${describeDeviceEvent(event)}`);
    onEvent?.(event);
    if (event.kind === "failed") unreached.set(event.manager, event.error);
    else if (event.kind === "connected") unreached.delete(event.manager);
    // The event comes before what follows from it is settled.
    if (event.kind === "failed" || event.kind === "closed") queueMicrotask(lookForEnd);
  });
  const lookForEnd = (): void => {
    if (calls.status().every(({ state }) => state === "stopped" || state === "exhausted")) over.abort();
  };
  const showStatus = (): void => {
    for (const manager of calls.status()) for (const line of describeManager(manager)) terminal.err(line);
  };
  process.on("SIGUSR2", showStatus);
  try {
    await untilAborted(AbortSignal.any([signal, over.signal]));
  } finally {
    process.off("SIGUSR2", showStatus);
    await calls.stop();
  }
  const [why] = unreached.values();
  if (!signal.aborted && why !== undefined) throw why;
}

import type { CallHomeSession, DeviceManagerState, LearnedDevice } from "netconf-kit";
import { UsageError } from "../exit-codes.ts";
import type { ListenOptions } from "./listen-options.ts";
import type { RunningListener } from "./running-listener.ts";

/** What a running listener is told over its control socket. */
export type ControlRequest =
  | { readonly do: "status" }
  | { readonly do: "approve"; readonly fingerprint: string; readonly name?: string }
  | { readonly do: "refuse" | "readmit"; readonly fingerprint: string }
  | { readonly do: "forget"; readonly device: string }
  | { readonly do: "clear-failed-users"; readonly device?: string };

/** How a listener stands. Times are milliseconds. */
export interface ListenStatus extends DeviceManagerState {
  readonly listeners: RunningListener["listeners"];
  readonly connecting: number;
  readonly waiting: number;
  readonly connected: readonly ConnectedDevice[];
  readonly learned: readonly Pick<LearnedDevice<unknown>, "name" | "fingerprints">[];
}

export interface ConnectedDevice {
  readonly device: string;
  readonly remote: string;
  readonly sessionId: number;
  readonly user: string;
}

/** The requests that options ask for, in the order in which they are to be sent; none where they ask to listen. */
export function requestsOf(options: ListenOptions): readonly ControlRequest[] {
  const { approve, name, refuse, readmit, forget, clearFailedUsers, status } = options;
  if (name !== undefined && approve === undefined)
    throw new UsageError("--name has a meaning with --approve only", { hint: "add --approve FINGERPRINT" });
  return [
    ...(approve === undefined ? [] : [{ do: "approve" as const, fingerprint: approve, ...(name && { name }) }]),
    ...(refuse === undefined ? [] : [{ do: "refuse" as const, fingerprint: refuse }]),
    ...(readmit === undefined ? [] : [{ do: "readmit" as const, fingerprint: readmit }]),
    ...(forget === undefined ? [] : [{ do: "forget" as const, device: forget }]),
    ...(clearFailedUsers === undefined
      ? []
      : [{ do: "clear-failed-users" as const, ...(clearFailedUsers !== true && { device: clearFailedUsers }) }]),
    ...(status === true ? [{ do: "status" as const }] : []),
  ];
}

/** Does what a request says. Gives a line for people, or the status. */
export async function answerRequest(
  request: unknown,
  running: RunningListener | undefined,
): Promise<string | ListenStatus> {
  const asked = requestFrom(request);
  if (running === undefined) throw new UsageError("the listener is still starting");
  const { manager } = running;
  switch (asked.do) {
    case "status":
      return statusOf(running);
    case "approve": {
      const name = await manager.approve(asked.fingerprint, asked.name === undefined ? {} : { name: asked.name });
      return `${asked.fingerprint} is ${name}: it comes in with its next call`;
    }
    case "refuse":
      manager.refuse(asked.fingerprint);
      return `${asked.fingerprint} is refused`;
    case "readmit":
      if (manager.readmit(asked.fingerprint)) return `${asked.fingerprint} is no longer refused`;
      throw new UsageError(`"${asked.fingerprint}" was not refused`);
    case "forget":
      if (await manager.forget(asked.device)) return `the learned keys of ${asked.device} are forgotten`;
      throw new UsageError(`nothing was learned about "${asked.device}"`);
    case "clear-failed-users":
      manager.forgetFailedUsers(asked.device === undefined ? {} : { device: asked.device });
      return `users are tried again at ${asked.device ?? "every device"}`;
  }
}

function statusOf({ manager, listeners }: RunningListener): ListenStatus {
  return {
    listeners,
    connecting: manager.connectingCount,
    waiting: manager.waitingCount,
    connected: manager.connected().map(describeSession),
    ...manager.state(),
    learned: manager.learned().map(({ name, fingerprints }) => ({ name, fingerprints })),
  };
}

function describeSession({ device, remote, session, channel }: CallHomeSession<unknown>): ConnectedDevice {
  return { device, remote, sessionId: session.sessionId, user: channel.username };
}

/** Another version of this command may be asking. @throws UsageError */
function requestFrom(value: unknown): ControlRequest {
  const request: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}; // an object has members
  const { do: action, fingerprint, device, name } = request;
  if (action === "status") return { do: action };
  if (action === "approve" && isText(fingerprint)) return { do: action, fingerprint, ...(isText(name) && { name }) };
  if ((action === "refuse" || action === "readmit") && isText(fingerprint)) return { do: action, fingerprint };
  if (action === "forget" && isText(device)) return { do: action, device };
  if (action === "clear-failed-users") return { do: action, ...(isText(device) && { device }) };
  throw new UsageError("the running listener does not know this request");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

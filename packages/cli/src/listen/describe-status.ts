import { describeIdentity } from "netconf-kit";
import type { ListenStatus } from "./control-requests.ts";

/** How a listener stands, as lines for people. */
export function describeStatus(status: ListenStatus): string {
  const { listeners, connected, pending, refused, failedUsers, learned, connecting, waiting } = status;
  const onTheWay = connecting + waiting === 0 ? "" : `, ${connecting} on their way, ${waiting} waiting in line`;
  return [
    `listening: ${listeners.map(({ transport, local }) => `${transport} at ${local}`).join(", ") || "nowhere"}`,
    `connected: ${connected.length}${onTheWay}`,
    ...connected.map(
      ({ device, remote, sessionId, user }) => `  ${device}  ${remote}, session ${sessionId}, as ${user}`,
    ),
    ...section(
      "pending",
      pending.map(({ identity, device, remote, transport, calls, lastCall }) => {
        const guess = device === undefined ? "" : `, perhaps ${device}`;
        return `${describeIdentity(identity)}  ${transport} from ${remote}${guess}, called ${calls} times, last ${ago(lastCall)} ago`;
      }),
    ),
    ...section(
      "refused",
      refused.map(({ id, expiresIn }) => `${id}  for ${ago(expiresIn)} more`),
    ),
    ...section(
      "failed users",
      failedUsers.map(({ device, user, expiresIn }) => `${user} at ${device}  not tried for ${ago(expiresIn)} more`),
    ),
    ...section(
      "learned",
      learned.map(({ name, fingerprints }) => `${name}  ${fingerprints.join(", ")}`),
    ),
    "",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}: ${lines.length}`, ...lines.map((line) => `  ${line}`)];
}

function ago(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

import type { RelayEvent } from "@netconf-kit/relay";

/** A relay's event as one line. */
export function describeRelayEvent(event: RelayEvent): string {
  switch (event.kind) {
    case "refused":
      return `${event.client} refused (${event.error.code}): ${event.error.message}${repeats(event.count)}`;
    case "waiting":
      return `${event.client} waits for a device`;
    case "left":
      return `${event.client} left${event.error === undefined ? "" : ` (${event.error.code})`}`;
    case "device-waiting":
      return `device ${event.device} has called and waits for a browser`;
    case "device-dropped":
      return `device ${event.device} dropped: ${reasons[event.reason]}${repeats(event.count)}`;
    case "joined":
      return event.way === "dial"
        ? `${event.client} connected to ${event.device}`
        : `${event.client} has got device ${event.device}, which has called`;
    case "closed": {
      const error = event.error === undefined ? "" : ` (${event.error.code}): ${event.error.message}`;
      return `${event.client} closed with ${event.device}, ${event.bytesToDevice} bytes there, ${event.bytesToClient} back${error}`;
    }
  }
}

/** The same as one JSON object. */
export function relayEventAsJson(event: RelayEvent): string {
  return JSON.stringify({ time: new Date().toISOString(), ...event }, (_key, value: unknown) =>
    value instanceof Error ? { message: value.message, ...("code" in value && { code: value.code }) } : value,
  );
}

/** Refusals come one by one at first, then a number of them in one line. */
function repeats(count = 1): string {
  return count === 1 ? "" : `; ${count} like this since the last line about it`;
}

const reasons = {
  "hung-up": "it hung up",
  silent: "it said nothing",
  "too-much": "it said more than is kept before a browser listens",
  "not-wanted": "no browser waited for it",
  "too-many": "too many devices wait",
  stopped: "the relay stops",
} as const;

import {
  type CallHomeDeviceEvent,
  type CallHomeEvent,
  describeIdentity,
  type ManagerStatus,
  type ServeEvent,
} from "netconf-kit";

/** A manager's event as one line. */
export function describeCallHomeEvent(event: CallHomeEvent): string {
  switch (event.kind) {
    case "connected":
      return `#${event.connection} connected from ${event.remote}`;
    case "identified":
      return `#${event.connection} identified as ${event.device}`;
    case "rejected": {
      const who = event.peer === undefined ? event.remote : `${event.remote}, ${describeIdentity(event.peer)}`;
      return `#${event.connection} rejected (${event.reason}) ${who}: ${event.error.message}`;
    }
    case "ready":
      return `#${event.connection} ready: ${event.device}, session ${event.sessionId}, NETCONF ${event.version}`;
    case "closed":
      return `#${event.connection} closed: ${event.device} after ${(event.milliseconds / 1000).toFixed(1)} s`;
    case "listener-failed":
      return `listening at ${event.local ?? "an address"} failed: ${event.error.message}`;
    case "recognized": {
      const user = event.user === undefined ? "" : `, user ${event.user}`;
      return `#${event.connection} is ${event.device}, by ${event.lookup ?? event.by}${user}`;
    }
    case "key-learned":
      return `#${event.connection} key learned: ${describeIdentity(event.peer)} is ${event.device} from now on`;
    case "user-failed":
      return `#${event.connection} user ${event.user} cannot log in to ${event.device}: ${event.error.message}`;
    case "pending":
      return `#${event.connection} pending (${event.held}) ${event.remote}, ${event.id}${event.device === undefined ? "" : `, perhaps ${event.device}`}`;
    case "approved":
      return `approved: ${event.id} is ${event.device}`;
    case "refused":
      return `refused: ${event.id}`;
    case "readmitted":
      return `no longer refused: ${event.id}`;
    case "forgotten":
      return `forgotten: the learned keys of ${event.device}`;
  }
}

/** A server's event as one line. */
export function describeServeEvent(event: ServeEvent): string {
  switch (event.type) {
    case "listener-failed":
      return `listening failed: ${event.error instanceof Error ? event.error.message : String(event.error)}`;
    case "connected":
      return `${event.remote} connected`;
    case "authenticated":
      return `${event.remote} logged in as ${event.username}`;
    case "session-started":
      return `${event.remote} session ${event.sessionId} of ${event.username} started`;
    case "session-ended":
      return `${event.remote} session ${event.sessionId} of ${event.username} ended`;
    case "refused":
      return `${event.remote} refused: ${event.error instanceof Error ? event.error.message : String(event.error)}`;
    case "closed":
      return `${event.remote} closed`;
  }
}

/** An event of a device that calls home as one line. */
export function describeDeviceEvent(event: CallHomeDeviceEvent): string {
  switch (event.kind) {
    case "dialing":
      return `calling ${event.endpoint}`;
    case "connected":
      return `${event.endpoint} answered`;
    case "idle":
      return `the session with ${event.endpoint} was idle for too long`;
    case "failed":
      return `calling ${event.endpoint} failed: ${event.error.message}${next(event)}`;
    case "closed":
      return `the connection with ${event.endpoint} is over${event.error === undefined ? "" : `: ${event.error.message}`}${next(event)}`;
    case "clock-jumped":
      return `the clock of this machine jumped by ${seconds(event.milliseconds)}`;
  }
}

/** Where the calls to one manager stand, as lines. */
export function describeManager({ name, state, active, removed, at, endpoints }: ManagerStatus): readonly string[] {
  const to = active === undefined ? "" : ` ${active}`;
  return [
    `${name}: ${state}${to}${removed ? ", no longer configured" : ""}`,
    ...endpoints.map(({ name: endpoint, failures, lastError, connectedSince, nextTry }) => {
      const facts = [
        ...(connectedSince === undefined ? [] : [`connected for ${seconds(at - connectedSince)}`]),
        ...(failures === 0 ? [] : [`${failures} failed in a row`]),
        ...(lastError === undefined ? [] : [`last error: ${lastError.message}`]),
        ...(nextTry === undefined ? [] : [`next try in ${seconds(Math.max(0, nextTry - at))}`]),
      ];
      return `  ${endpoint}: ${facts.length === 0 ? "not called yet" : facts.join("; ")}`;
    }),
  ];
}

function next(event: { readonly at: number; readonly nextTry: number | undefined }): string {
  return event.nextTry === undefined ? "" : `; next try in ${seconds(Math.max(0, event.nextTry - event.at))}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

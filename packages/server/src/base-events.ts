import { element, type XmlElement } from "@netconf-kit/xml";
import { type ConfigPath, xpathOf } from "./config-path.ts";
import type { ConfirmEvent } from "./confirmed-commit.ts";
import type { Actor, RunningChanged } from "./datastores.ts";
import type { ConfigChange } from "./diff-config.ts";
import { NETCONF_NOTIFICATIONS_NAMESPACE as NCN } from "./namespaces.ts";

/** RFC 6470 §2.2, termination-reason; the ones this server can tell apart. */
export type TerminationReason = "closed" | "killed" | "dropped" | "other";

/** More edits than this are not listed one by one; the list may be left out (RFC 6470 §2.2, edit). */
const MAX_LISTED_EDITS = 1000;

/** `netconf-session-start` (RFC 6470 §2.2). */
export function sessionStart(session: Actor): XmlElement {
  return element("netconf-session-start", NCN, sessionParameters(session));
}

/** `netconf-session-end` (RFC 6470 §2.2). */
export function sessionEnd(session: Actor, reason: TerminationReason, killedBy: number | undefined): XmlElement {
  return element("netconf-session-end", NCN, [
    ...sessionParameters(session),
    // A session killed by the server's own program has no killer with an id.
    ...(killedBy === undefined || killedBy === 0 ? [] : [leaf("killed-by", String(killedBy))]),
    leaf("termination-reason", reason),
  ]);
}

/** `netconf-config-change` (RFC 6470 §2.2). */
export function configChange({ by, changes }: RunningChanged): XmlElement {
  // No session made it: the timer of a confirmed commit, or the program that the server is part of.
  const changedBy = by === undefined || by.sessionId === 0 ? [leaf("server", "")] : sessionParameters(by);
  const edits = changes.length > MAX_LISTED_EDITS ? [] : changes.map(editRecord);
  return element("netconf-config-change", NCN, [
    element("changed-by", NCN, changedBy),
    leaf("datastore", "running"),
    ...edits,
  ]);
}

/** `netconf-confirmed-commit` (RFC 6470 §2.2): no session parameters when the timer did it. */
export function confirmedCommit(event: ConfirmEvent, by: Actor | undefined, seconds: number | undefined): XmlElement {
  return element("netconf-confirmed-commit", NCN, [
    ...(by === undefined ? [] : sessionParameters(by)),
    leaf("confirm-event", event),
    ...(seconds === undefined ? [] : [leaf("timeout", String(seconds))]),
  ]);
}

const OPERATIONS: Readonly<Record<ConfigChange["op"], string>> = {
  created: "create",
  deleted: "delete",
  modified: "replace",
  moved: "merge",
};

function editRecord(change: ConfigChange): XmlElement {
  const { xpath, namespaces } = xpathOf(nameable(change.path));
  const target = { ...leaf("target", xpath), scope: new Map([...namespaces, ["", NCN]]) };
  return element("edit", NCN, [target, leaf("operation", OPERATIONS[change.op])]);
}

/** An instance-identifier has no way to write a value with both kinds of quotes; an ancestor may stand for the node. */
function nameable(path: ConfigPath): ConfigPath {
  const isHard = (value: string | undefined): boolean => value?.includes("'") === true && value.includes('"');
  const at = path.findIndex((step) => isHard(step.value) || step.keys?.some((key) => isHard(key.value)) === true);
  return at < 0 ? path : path.slice(0, at);
}

function sessionParameters({ username, sessionId, sourceHost }: Actor): readonly XmlElement[] {
  return [
    leaf("username", username),
    leaf("session-id", String(sessionId)),
    ...(sourceHost === undefined ? [] : [leaf("source-host", sourceHost)]),
  ];
}

function leaf(name: string, value: string): XmlElement {
  return element(name, NCN, value);
}

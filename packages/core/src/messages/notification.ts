import { childElements, element, textOf, type XmlElement } from "@netconf-kit/xml";
import { NetconfError } from "../errors.ts";
import { namespaces } from "../names.ts";
import type { Dialect } from "./dialect.ts";

/** One `<notification>`, RFC 5277 §2.2.1. */
export interface Notification {
  /** `replay-complete` and `notification-complete` are marks of the subscription itself, RFC 5277 §3.3.1. */
  readonly kind: "event" | "replay-complete" | "notification-complete";
  /** RFC 3339, as the server wrote it. `undefined` only when a lenient session forgave its absence. */
  readonly eventTime: string | undefined;
  /** What stands behind `<eventTime>`, as a rule one element. */
  readonly content: readonly XmlElement[];
  readonly root: XmlElement;
}

/**
 * Reads a `<notification>`.
 *
 * @throws NetconfError `malformed-notification`
 * @example
 * const { eventTime, content } = parseNotification(running, new Dialect());
 */
export function parseNotification(root: XmlElement, dialect: Dialect): Notification {
  const time = dialect.child(root, "eventTime", namespaces.notification);
  const eventTime = time && textOf(time).trim();
  if (!eventTime && !dialect.forgives("missing-event-time")) {
    throw new NetconfError(
      "malformed-notification",
      "cannot read a notification: it has no <eventTime>, or an empty one",
    );
  }
  const content = childElements(root).filter((child) => child !== time);
  return { kind: kindOf(content[0]), eventTime: eventTime || undefined, content, root };
}

/**
 * Builds `<notification>`. `eventTime` is an RFC 3339 time.
 *
 * @example
 * const down = buildNotification(new Date().toISOString(), [element("link-down", "urn:example")]);
 */
export function buildNotification(eventTime: string, content: readonly XmlElement[]): XmlElement {
  return element("notification", namespaces.notification, [
    element("eventTime", namespaces.notification, eventTime),
    ...content,
  ]);
}

function kindOf(content: XmlElement | undefined): Notification["kind"] {
  // RFC 5277 §3.4 declares both in this namespace; servers also put them beside <notification>.
  if (content?.namespace !== namespaces.netmodNotification && content?.namespace !== namespaces.notification) {
    return "event";
  }
  if (content.name === "replayComplete") return "replay-complete";
  return content.name === "notificationComplete" ? "notification-complete" : "event";
}

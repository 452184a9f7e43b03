import { element, type XmlElement } from "@netconf-kit/xml";
import { NetconfError } from "../errors.ts";
import { capabilityUris, namespaces } from "../names.ts";
import { type Filter, filterElement, filterRequirements } from "./filter.ts";
import type { Operation } from "./operation.ts";

/** RFC 5277 §2.1.1. Times are RFC 3339 with a time zone. */
export interface SubscriptionOptions {
  /** Server's default: `NETCONF`. */
  readonly stream?: string;
  readonly filter?: Filter;
  /** Asks for a replay from then on. */
  readonly startTime?: string;
  /** Ends the subscription; legal only with `startTime`. */
  readonly stopTime?: string;
}

/**
 * Asks for notifications on this session, RFC 5277 §2.1.1. Read them from `session.notifications()`.
 *
 * @throws NetconfError `invalid-argument` for a `stopTime` without a `startTime`
 * @example
 * expectOk(await session.rpc(createSubscription()));
 * for await (const { eventTime } of session.notifications()) console.log(eventTime);
 */
export function createSubscription(options: SubscriptionOptions = {}): Operation<void> {
  if (options.stopTime !== undefined && options.startTime === undefined) {
    throw new NetconfError("invalid-argument", "cannot subscribe: stopTime needs startTime (RFC 5277 §2.1.1)");
  }
  const content: XmlElement[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) content.push(element(name, namespaces.notification, value));
  };
  add("stream", options.stream);
  if (options.filter !== undefined) content.push(filterElement(options.filter, namespaces.notification));
  add("startTime", options.startTime);
  add("stopTime", options.stopTime);
  return {
    name: "create-subscription",
    element: element("create-subscription", namespaces.notification, content),
    requires: [{ anyOf: [capabilityUris.notification], what: "a subscription" }, ...filterRequirements(options.filter)],
    decode: () => undefined,
  };
}

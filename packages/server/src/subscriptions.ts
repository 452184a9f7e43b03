import { element, type XmlElement } from "@netconf-kit/xml";
import { protocolError, refuse } from "./config-error.ts";
import { eventPasses } from "./event-filter.ts";
import { NOTIFICATION_NAMESPACE, STREAMS_NAMESPACE } from "./namespaces.ts";
import type { OperationDefinition } from "./operation.ts";
import { OperationParameters, subtreeFilter } from "./operation-parameters.ts";
import type { StateProvider } from "./state-data.ts";

/** The one stream there is (RFC 5277 §3.2.3). */
const STREAM = "NETCONF";

export interface SubscriptionsOptions {
  /** The time of day, RFC 3339. */
  readonly now: () => string;
  /** Sends to one session. Rejects when it does not keep up; that notification is then lost to it. */
  readonly send: (sessionId: number, eventTime: string, content: XmlElement) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Who wants which events of the NETCONF stream (RFC 5277). There is no log, so there is no replay. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** Session → its filter. */
  readonly #filters = new Map<number, XmlElement | undefined>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Ends the subscription of a session. */
  remove(sessionId: number): void {
    this.#filters.delete(sessionId);
  }

  /** Sends an event to everyone whose filter it passes (RFC 5277 §3.6). It is sent whole. */
  publish(content: XmlElement): void {
    if (this.#filters.size === 0) return;
    const eventTime = this.#options.now();
    for (const [sessionId, filter] of this.#filters) {
      if (filter !== undefined && !eventPasses(content, filter)) continue;
      this.#options.send(sessionId, eventTime, content).catch(this.#options.onError);
    }
  }

  /** RFC 5277 §2.1.1. */
  get createSubscription(): OperationDefinition {
    return {
      namespace: NOTIFICATION_NAMESPACE,
      name: "create-subscription",
      handler: (operation, { session }) => {
        const parameters = new OperationParameters(operation, ["stream", "filter", "startTime", "stopTime"]);
        const stream = parameters.text("stream") ?? STREAM;
        if (stream !== STREAM) {
          refuse(protocolError("invalid-value", `there is no event stream "${stream}"`, { badElement: "stream" }));
        }
        if (parameters.has("stopTime") && !parameters.has("startTime")) {
          refuse(protocolError("missing-element", `"stopTime" needs "startTime"`, { badElement: "startTime" }));
        }
        if (parameters.has("startTime")) {
          refuse(protocolError("operation-failed", "this server keeps no log of events to replay"));
        }
        if (this.#filters.has(session.sessionId)) {
          refuse(protocolError("operation-failed", "this session has a subscription already"));
        }
        this.#filters.set(session.sessionId, subtreeFilter(parameters.optional("filter")));
      },
    };
  }
}

/** The list of streams for a `<get>` (RFC 5277 §3.2.5.1). */
export const streamsState: StateProvider = {
  namespace: STREAMS_NAMESPACE,
  name: "netconf",
  state: () => {
    const leaf = (name: string, value: string): XmlElement => element(name, STREAMS_NAMESPACE, value);
    const stream = element("stream", STREAMS_NAMESPACE, [
      leaf("name", STREAM),
      leaf("description", "all NETCONF events of this server"),
      leaf("replaySupport", "false"),
    ]);
    return [element("netconf", STREAMS_NAMESPACE, [element("streams", STREAMS_NAMESPACE, [stream])])];
  },
};

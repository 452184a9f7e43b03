/** The namespaces and capability URIs that the protocol itself uses. */
export const namespaces = {
  /** RFC 6241 §3.1. */
  base: "urn:ietf:params:xml:ns:netconf:base:1.0",
  /** RFC 5277 §4: `<notification>` and `<create-subscription>`. */
  notification: "urn:ietf:params:xml:ns:netconf:notification:1.0",
  /** RFC 5277 §3.4: `<replayComplete>`, `<notificationComplete>` and the list of streams. */
  netmodNotification: "urn:ietf:params:xml:ns:netmod:notification",
  /** RFC 6022. */
  monitoring: "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring",
  /** RFC 6243 §6: `<with-defaults>`. */
  withDefaults: "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults",
  xml: "http://www.w3.org/XML/1998/namespace",
} as const;

/** Capability URIs, without parameters. */
export const capabilityUris = {
  base10: "urn:ietf:params:netconf:base:1.0",
  base11: "urn:ietf:params:netconf:base:1.1",
  writableRunning: "urn:ietf:params:netconf:capability:writable-running:1.0",
  candidate: "urn:ietf:params:netconf:capability:candidate:1.0",
  confirmedCommit10: "urn:ietf:params:netconf:capability:confirmed-commit:1.0",
  confirmedCommit11: "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
  rollbackOnError: "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
  validate10: "urn:ietf:params:netconf:capability:validate:1.0",
  validate11: "urn:ietf:params:netconf:capability:validate:1.1",
  startup: "urn:ietf:params:netconf:capability:startup:1.0",
  url: "urn:ietf:params:netconf:capability:url:1.0",
  xpath: "urn:ietf:params:netconf:capability:xpath:1.0",
  notification: "urn:ietf:params:netconf:capability:notification:1.0",
  interleave: "urn:ietf:params:netconf:capability:interleave:1.0",
  withDefaults: "urn:ietf:params:netconf:capability:with-defaults:1.0",
} as const;

/** A datastore that RFC 6241 names. */
export type Datastore = "running" | "candidate" | "startup";

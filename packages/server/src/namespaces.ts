/** RFC 6241 §3.1. */
export const BASE_NAMESPACE = "urn:ietf:params:xml:ns:netconf:base:1.0";
/** RFC 5277 §2.1.1. */
export const NOTIFICATION_NAMESPACE = "urn:ietf:params:xml:ns:netconf:notification:1.0";
/** The management schema of RFC 5277 §3.4. */
export const STREAMS_NAMESPACE = "urn:ietf:params:xml:ns:netmod:notification";
/** RFC 6470 §2.2. */
export const NETCONF_NOTIFICATIONS_NAMESPACE = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications";
/** RFC 7950 §5.3.1: the `insert`, `value` and `key` attributes. */
export const YANG_NAMESPACE = "urn:ietf:params:xml:ns:yang:1";

import { capabilityUris } from "@netconf-kit/core";

/** What this server can do, as its hello says it (RFC 6241 §8). Each line is there because it works. */
export const serverCapabilities: readonly string[] = [
  capabilityUris.base10,
  capabilityUris.base11,
  capabilityUris.writableRunning,
  capabilityUris.candidate,
  // RFC 6241 §8.4.1, §8.6.1: the older versions are for older clients.
  capabilityUris.confirmedCommit10,
  capabilityUris.confirmedCommit11,
  capabilityUris.rollbackOnError,
  capabilityUris.validate10,
  capabilityUris.validate11,
  capabilityUris.notification,
  capabilityUris.interleave,
  "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications?module=ietf-netconf-notifications&revision=2012-02-06",
];

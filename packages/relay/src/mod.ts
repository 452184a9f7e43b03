export {
  isRelayError,
  RelayError,
  type RelayErrorCode,
  relayErrorOf,
  relayErrors,
} from "./errors.ts";
export type { DeviceDropped, RelayEvent } from "./events.ts";
export { defaultRelayLimits, type RelayLimits } from "./limits.ts";
export { createRelay } from "./relay.ts";
export type { Relay, RelayOptions, RelayTls } from "./relay-options.ts";
export { staticFiles } from "./static-files.ts";
export type { RelayTarget } from "./targets.ts";
export { randomRelayToken } from "./token.ts";

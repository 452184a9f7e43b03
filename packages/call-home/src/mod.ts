export {
  type ConnectionsOfRemoved,
  callHomeSettings,
  DeviceCalls,
  type DeviceCallsEvent,
  type DeviceCallsOptions,
  type ManagerStatus,
} from "./device-calls.ts";
export {
  type CallHomeConfig,
  type CallHomeConnectionType,
  type CallHomeEndpointConfig,
  type CallHomeManagerConfig,
  callHomePort,
  checkCallHomeConfig,
  type KeepalivesConfig,
  type ReconnectStrategyConfig,
} from "./device-config.ts";

export { AddressList, isAddress, isAddressOrNetwork } from "./address-list.ts";
export {
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
  configErrors,
  isConfigError,
} from "./config-errors.ts";
export type { JsonSchema } from "./config-shape.ts";
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
export { type DeviceCall, type DeviceLookup, outboundSshLookup } from "./device-lookup.ts";
export { DeviceManager } from "./device-manager.ts";
export type { CallEvent, DeviceManagerEvent, OperatorEvent } from "./device-manager-events.ts";
export type {
  DeviceListener,
  DeviceManagerChanges,
  DeviceManagerOptions,
  DeviceManagerState,
  DeviceRules,
  LearnedDeviceStore,
} from "./device-manager-options.ts";
export type { LearnedDevice } from "./device-registry.ts";
export type { DeviceSecureOptions, DeviceTransport } from "./device-transport.ts";
export { DialectError, type DialectErrorCode, dialectErrors, isDialectError } from "./dialect-errors.ts";
export { diffListenConfig, type ListenConfigDiff } from "./diff-listen-config.ts";
export {
  type Identified,
  type IdentifiedBy,
  type IdentityCase,
  IdentityProcedure,
  type IdentityRules,
  type IdentityStep,
  type Refused,
  type Selection,
} from "./identify.ts";
export type { SelectionCall, SelectUser } from "./identify-call.ts";
export type { PeerEvidence } from "./identify-evidence.ts";
export {
  type CredentialsConfig,
  type DeviceConfig,
  type ListenConfig,
  type ListenerConfig,
  type ListenLimits,
  type ListenPolicy,
  listenerPlace,
  type OwnTlsConfig,
  type SecretRef,
  type UserConfig,
} from "./listen-config.ts";
export { type ListenRules, listenerDialect, listenRules } from "./listen-config-rules.ts";
export { formatListenState, type ListenState, parseListenState } from "./listen-state.ts";
export type { ModelNote } from "./model-node.ts";
export { type DeviceEntry, NamedSessions, type UnknownKeys } from "./named-sessions.ts";
export {
  type ClientIdentity,
  NETCONF_CLIENT_NAMESPACE,
  type ReadNetconfClient,
  type ReadNetconfClientOptions,
  readNetconfClient,
} from "./netconf-client-model.ts";
export { NETCONF_SERVER_NAMESPACE, type ReadNetconfServer, readNetconfServer } from "./netconf-server-model.ts";
export {
  type WriteNetconfServerOptions,
  type WrittenNetconfServer,
  writeNetconfServer,
} from "./netconf-server-model-writer.ts";
export { type OpenDialectOptions, type OpenedDialect, openDialect } from "./open-dialect.ts";
export {
  checkProvedHostKey,
  type OutboundSshHostKey,
  type OutboundSshOptions,
  type OutboundSshPreamble,
  provesHostKey,
} from "./outbound-ssh.ts";
export { listenConfigSchema, parseListenConfig } from "./parse-listen-config.ts";
export { type PendingDevice, PendingDevices, type PendingLimits, type RefusedDevice } from "./pending.ts";
export {
  decodeProxyHeader,
  type ProxyAddress,
  type ProxyHeader,
  type ProxyLimits,
} from "./proxy-protocol.ts";
export {
  type CallHomeProtocol,
  type CallHomeServer,
  type CallHomeServerChange,
  CallHomeServerList,
  parseCallHomeServer,
} from "./server-list.ts";
export { DialectSniffer, type Sniffed, type SnifferOptions } from "./sniff.ts";
export { type CallHomeUser, type FailedUser, FailedUsers, type FailedUsersLimits } from "./users.ts";

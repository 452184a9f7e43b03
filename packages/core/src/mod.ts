export { acceptCallHome } from "./call-home/accept.ts";
export type { WhenConnected } from "./call-home/accept-claims.ts";
export type {
  CallHomeEvent,
  CallHomeSession,
  ConnectionEvent,
  ListenerFailed,
  RejectReason,
} from "./call-home/accept-events.ts";
export {
  type AcceptSecure,
  type AcceptSecureOptions,
  type CallHomeAcceptor,
  type CallHomeManager,
  type CallHomeManagerSettings,
  type CallHomeOptions,
  defaultCallHomeSettings,
} from "./call-home/accept-options.ts";
export type { LivenessOptions } from "./call-home/connection-watch.ts";
export type { CallHomeDeviceEvent } from "./call-home/device-event.ts";
export type { CallHomeSettings } from "./call-home/device-settings.ts";
export {
  type CalledSocket,
  type CallHomeDevice,
  type CallHomeDeviceOptions,
  type CallHomeDeviceStatus,
  type CallHomeEndpoint,
  callHome,
  type ServeConnection,
  type ServeContext,
  type ServedConnection,
} from "./call-home/dial.ts";
export {
  DeviceList,
  describeIdentity,
  IdentityError,
  type IdentityErrorOptions,
  identityErrorOf,
  type KnownDevice,
  type PeerIdentity,
  UnknownIdentityError,
  unknownIdentityOf,
} from "./call-home/identity.ts";
export {
  type EndpointStatus,
  type ReconnectOptions,
  ReconnectPolicy,
  type ReconnectState,
} from "./call-home/reconnect.ts";
export type { Secure, SecureChannel, SecureOptions } from "./call-home/secure.ts";
export { Capabilities, type Capability, commonVersion, type ProtocolVersion } from "./capabilities.ts";
export {
  asError,
  type Fault,
  isNetconfError,
  NetconfError,
  type NetconfErrorCode,
  type NetconfErrorRule,
  netconfErrors,
  quoted,
  type Reaction,
} from "./errors.ts";
export type { SessionLimits } from "./limits.ts";
export { type Deviation, Dialect } from "./messages/dialect.ts";
export { buildHello, type Hello, parseHello } from "./messages/hello.ts";
export { buildNotification, type Notification, parseNotification } from "./messages/notification.ts";
export { type MessageKind, messageKind, readMessage } from "./messages/read-message.ts";
export {
  parseReply,
  type Reply,
  type ReplyBody,
  type ReplyOutcome,
  type RpcReply,
} from "./messages/received-reply.ts";
export {
  buildRpc,
  isCloseSession,
  parseRpc,
  type RpcEnvelope,
  type RpcReading,
  type RpcRequest,
} from "./messages/rpc.ts";
export {
  buildRpcError,
  isRpcError,
  parseRpcError,
  RpcError,
  type RpcErrorDetails,
  type RpcErrorInfo,
  type RpcErrorInput,
  type RpcErrorTag,
  type RpcErrorType,
  rpcError,
} from "./messages/rpc-error.ts";
export { buildReply, type RpcResult } from "./messages/rpc-reply.ts";
export { capabilityUris, type Datastore, namespaces } from "./names.ts";
export { cancelCommit } from "./operations/cancel-commit.ts";
export { closeSession } from "./operations/close-session.ts";
export { type CommitOptions, commit } from "./operations/commit.ts";
export { type ConfigSource, copyConfig } from "./operations/copy-config.ts";
export { createSubscription, type SubscriptionOptions } from "./operations/create-subscription.ts";
export { deleteConfig } from "./operations/delete-config.ts";
export { discardChanges } from "./operations/discard-changes.ts";
export { type EditConfigOptions, editConfig } from "./operations/edit-config.ts";
export type { Filter } from "./operations/filter.ts";
export { type GetOptions, get } from "./operations/get.ts";
export { getConfig } from "./operations/get-config.ts";
export { getSchema } from "./operations/get-schema.ts";
export { killSession } from "./operations/kill-session.ts";
export { lock } from "./operations/lock.ts";
export { checkRequirements, type Operation, type Requirement } from "./operations/operation.ts";
export { rawRpc } from "./operations/raw-rpc.ts";
export { unlock } from "./operations/unlock.ts";
export { validate } from "./operations/validate.ts";
export type { WithDefaults } from "./operations/with-defaults.ts";
export { type ClientEvent, ClientMachine } from "./session/client-machine.ts";
export type { EntryName } from "./session/reply-stream.ts";
export { type ServerEvent, ServerMachine, type ServerMachineOptions } from "./session/server-machine.ts";
export type { MessageObserver, SessionMachineOptions } from "./session/session-machine.ts";
export { nextPhase, type SessionInput, type SessionPhase, type SessionRole, transitions } from "./session/states.ts";
export {
  type ClientSession,
  type ClientSessionOptions,
  expectOk,
  openClientSession,
  type RpcOptions,
  type RpcStreamOptions,
} from "./shell/client-session.ts";
export type { CloseReason } from "./shell/close-reason.ts";
export {
  acceptServerSession,
  type RpcHandler,
  type ServerSession,
  type ServerSessionOptions,
} from "./shell/server-session.ts";

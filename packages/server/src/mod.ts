export type { ChangeListener } from "./change-listeners.ts";
export { type ConfigError, dataError, type ErrorDetails, protocolError } from "./config-error.ts";
export { type ConfigPath, formatPath, type PathSegment, type XPathText, xpathOf } from "./config-path.ts";
export { emptyConfig } from "./config-tree.ts";
export type { Actor, EditParameters, RunningChanged, TestOption, ValidationContext, Validator } from "./datastores.ts";
export { type ConfigChange, diffConfig } from "./diff-config.ts";
export {
  applyEdit,
  type DefaultOperation,
  type EditOptions,
  type EditResult,
  type ErrorOption,
  loadConfig,
} from "./edit-config.ts";
export { isServerError, ServerError, type ServerErrorCode, serverErrors } from "./errors.ts";
export { formatDiff } from "./format-diff.ts";
export { type ListKeysOptions, listKeys, type NodeDescription, type PathStep, type SchemaPath } from "./list-keys.ts";
export type { DatastoreName } from "./locks.ts";
export {
  createNetconfServer,
  type NetconfServer,
  type NetconfServerOptions,
  type SessionPeer,
} from "./netconf-server.ts";
export type { OperationContext, OperationDefinition, OperationHandler, OperationResult } from "./operation.ts";
export { type NodeKind, openNode, openSchema, type SchemaNode, type ServerSchema } from "./schema.ts";
export type { SessionInfo } from "./sessions.ts";
export type { StateProvider, StateRequest } from "./state-data.ts";
export type { ConfigStorage } from "./storage.ts";
export { filterSubtree } from "./subtree-filter.ts";

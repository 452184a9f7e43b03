import type { XmlElement } from "@netconf-kit/xml";
import { protocolError, refuse } from "../config-error.ts";
import type { Datastores, EditParameters } from "../datastores.ts";
import { BASE_NAMESPACE } from "../namespaces.ts";
import type { OperationContext, OperationDefinition, OperationHandler } from "../operation.ts";
import { configSource, datastoreName, OperationParameters } from "../operation-parameters.ts";

/** The operations that change a datastore or guard it (RFC 6241 §7.2 to §7.6, §8.3.4, §8.4.4, §8.6.4). */
export function configureOperations(datastores: Datastores): readonly OperationDefinition[] {
  const handlers: Readonly<Record<string, OperationHandler>> = {
    "edit-config": (operation, { session }) => {
      const parameters = new OperationParameters(operation, [
        "target",
        "default-operation",
        "test-option",
        "error-option",
        "config",
      ]);
      const target = datastoreName(parameters.required("target"));
      const config = parameters.required("config");
      return datastores.edit(session, target, config, editParameters(parameters));
    },
    "copy-config": (operation, { session }) => {
      const parameters = new OperationParameters(operation, ["target", "source"]);
      const target = datastoreName(parameters.required("target"));
      return datastores.copy(session, target, configSource(parameters.required("source")));
    },
    "delete-config": deleteConfig,
    lock: (operation, { session }) => datastores.lock(session, target(operation)),
    unlock: (operation, { session }) => datastores.unlock(session, target(operation)),
    validate: (operation) =>
      datastores.validate(configSource(new OperationParameters(operation, ["source"]).required("source"))),
    commit: (operation, context) => commit(datastores, operation, context),
    "cancel-commit": (operation, { session }) =>
      datastores.cancelCommit(session, new OperationParameters(operation, ["persist-id"]).text("persist-id")),
    "discard-changes": (operation, { session }) => {
      new OperationParameters(operation, []);
      return datastores.discard(session);
    },
  };
  return Object.entries(handlers).map(([name, handler]) => ({ namespace: BASE_NAMESPACE, name, handler }));
}

function editParameters(parameters: OperationParameters): EditParameters {
  const defaultOperation = parameters.oneOf("default-operation", ["merge", "replace", "none"]);
  const testOption = parameters.oneOf("test-option", ["test-then-set", "set", "test-only"]);
  const errorOption = parameters.oneOf("error-option", ["stop-on-error", "continue-on-error", "rollback-on-error"]);
  return {
    ...(defaultOperation && { defaultOperation }),
    ...(testOption && { testOption }),
    ...(errorOption && { errorOption }),
  };
}

function commit(datastores: Datastores, operation: XmlElement, { session }: OperationContext): Promise<void> {
  const parameters = new OperationParameters(operation, ["confirmed", "confirm-timeout", "persist", "persist-id"]);
  const confirmed = parameters.has("confirmed");
  const confirmTimeout = parameters.positive("confirm-timeout");
  const persist = parameters.text("persist");
  const persistId = parameters.text("persist-id");
  // RFC 6241 §8.4.5.1: it sets the token of a confirmed commit, and a confirming one has none.
  if (persist !== undefined && !confirmed) {
    refuse(protocolError("bad-element", `"persist" needs "confirmed"`, { badElement: "persist" }));
  }
  return datastores.commit(session, {
    confirmed,
    ...(confirmTimeout !== undefined && { confirmTimeout }),
    ...(persist !== undefined && { persist }),
    ...(persistId !== undefined && { persistId }),
  });
}

/** RFC 6241 §7.4: only startup and URLs can be deleted, and this server has neither. */
function deleteConfig(operation: XmlElement): never {
  const name = datastoreName(new OperationParameters(operation, ["target"]).required("target"));
  return refuse(protocolError("invalid-value", `cannot delete ${name}`, { badElement: name }));
}

function target(operation: XmlElement): ReturnType<typeof datastoreName> {
  return datastoreName(new OperationParameters(operation, ["target"]).required("target"));
}

import { element, type XmlElement } from "@netconf-kit/xml";
import { capabilityUris, type Datastore, namespaces } from "../names.ts";
import {
  datastoreElement,
  type Operation,
  okOperation,
  type Requirement,
  urlElement,
  urlRequirements,
  writableRequirements,
} from "./operation.ts";

/** RFC 6241 §7.2. Parameters left out are left to the server's defaults. */
export interface EditConfigOptions {
  /** Server's default: `merge`. */
  readonly defaultOperation?: "merge" | "replace" | "none";
  /** Server's default with `:validate`: `test-then-set`. */
  readonly testOption?: "test-then-set" | "set" | "test-only";
  /** Server's default: `stop-on-error`. */
  readonly errorOption?: "stop-on-error" | "continue-on-error" | "rollback-on-error";
}

/**
 * Changes a datastore, RFC 6241 §7.2. `config` is what goes inside `<config>`, or the URL of a file.
 *
 * @example
 * await session.rpc(editConfig("candidate", element("system", "urn:example", "…"), { errorOption: "rollback-on-error" }));
 */
export function editConfig(
  target: Exclude<Datastore, "startup">,
  config: XmlElement | readonly XmlElement[] | { readonly url: string },
  options: EditConfigOptions = {},
): Operation<void> {
  const content: XmlElement[] = [datastoreElement("target", target)];
  const requires: Requirement[] = [...writableRequirements(target), ...optionRequirements(options)];
  // In the order of RFC 6241 Appendix C: some servers insist on it.
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) content.push(element(name, namespaces.base, value));
  };
  add("default-operation", options.defaultOperation);
  add("test-option", options.testOption);
  add("error-option", options.errorOption);
  if ("url" in config) {
    content.push(urlElement(config.url));
    requires.push(...urlRequirements(config.url));
  } else {
    content.push(element("config", namespaces.base, isList(config) ? config : [config]));
  }
  return okOperation("edit-config", content, requires);
}

function optionRequirements(options: EditConfigOptions): readonly Requirement[] {
  const requires: Requirement[] = [];
  if (options.testOption === "test-only") {
    requires.push({ anyOf: [capabilityUris.validate11], what: 'test-option "test-only"' }); // RFC 6241 §8.6.4.1
  } else if (options.testOption !== undefined) {
    requires.push({ anyOf: [capabilityUris.validate11, capabilityUris.validate10], what: "a test-option" });
  }
  if (options.errorOption === "rollback-on-error") {
    requires.push({ anyOf: [capabilityUris.rollbackOnError], what: 'error-option "rollback-on-error"' }); // RFC 6241 §8.5
  }
  return requires;
}

function isList(config: XmlElement | readonly XmlElement[]): config is readonly XmlElement[] {
  return Array.isArray(config);
}

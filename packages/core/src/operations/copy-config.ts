import { element, type XmlElement } from "@netconf-kit/xml";
import { type Datastore, namespaces } from "../names.ts";
import {
  datastoreElement,
  datastoreRequirements,
  type Operation,
  okOperation,
  type Requirement,
  urlElement,
  urlRequirements,
  writableRequirements,
} from "./operation.ts";
import { type WithDefaults, withDefaultsElements, withDefaultsRequirements } from "./with-defaults.ts";

/** A whole configuration: a datastore, a file that a URL names, or given inline. */
export type ConfigSource = Datastore | { readonly url: string } | { readonly config: readonly XmlElement[] };

/**
 * Replaces a whole datastore or file by another, RFC 6241 §7.3.
 *
 * @example
 * await session.rpc(copyConfig("startup", "running"));
 */
export function copyConfig(
  target: Datastore | { readonly url: string },
  source: ConfigSource,
  options: { readonly withDefaults?: WithDefaults } = {},
): Operation<void> {
  const [to, toRequires] =
    typeof target === "string"
      ? [datastoreElement("target", target), writableRequirements(target)]
      : [element("target", namespaces.base, [urlElement(target.url)]), urlRequirements(target.url)];
  const [from, fromRequires] = configSource(source);
  return okOperation(
    "copy-config",
    [to, from, ...withDefaultsElements(options.withDefaults)],
    [...toRequires, ...fromRequires, ...withDefaultsRequirements(options.withDefaults)],
  );
}

/** `<source>` with what it holds, and what that needs of the server. Shared with `<validate>`. */
export function configSource(source: ConfigSource): readonly [XmlElement, readonly Requirement[]] {
  if (typeof source === "string") return [datastoreElement("source", source), datastoreRequirements(source)];
  if ("url" in source)
    return [element("source", namespaces.base, [urlElement(source.url)]), urlRequirements(source.url)];
  const inline = element("config", namespaces.base, source.config);
  return [element("source", namespaces.base, [inline]), []];
}

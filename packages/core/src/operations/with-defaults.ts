import { element, type XmlElement } from "@netconf-kit/xml";
import { capabilityUris, namespaces } from "../names.ts";
import type { Requirement } from "./operation.ts";

/** How a server treats default values in what it returns. RFC 6243 §3. */
export type WithDefaults = "report-all" | "report-all-tagged" | "trim" | "explicit";

export function withDefaultsElements(mode: WithDefaults | undefined): readonly XmlElement[] {
  return mode === undefined ? [] : [element("with-defaults", namespaces.withDefaults, mode)];
}

/** RFC 6243 §4.3: a mode may be asked for when the capability names it. */
export function withDefaultsRequirements(mode: WithDefaults | undefined): readonly Requirement[] {
  if (mode === undefined) return [];
  const parameter = { names: ["basic-mode", "also-supported"], word: mode };
  return [{ anyOf: [capabilityUris.withDefaults], what: "the with-defaults mode", parameter }];
}

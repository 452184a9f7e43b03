import { encodeXml, parseXml, type XmlElement } from "@netconf-kit/xml";
import { emptyConfig } from "./config-tree.ts";
import { loadConfig } from "./edit-config.ts";
import { ServerError } from "./errors.ts";
import type { ServerSchema } from "./schema.ts";

/**
 * Where running outlives a restart. `save` has to be atomic: either the old bytes or the new ones, whole, and it resolves
 * only when they are safe. The Node adapter has one for a file.
 */
export interface ConfigStorage {
  /** `undefined` when nothing was ever saved. */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
}

/** Reads what was saved last. @throws ServerError `storage-failed`, `bad-configuration` */
export async function loadRunning(storage: ConfigStorage, schema: ServerSchema): Promise<XmlElement | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await storage.load();
  } catch (cause) {
    throw new ServerError("storage-failed", "cannot load the configuration from its storage", { cause });
  }
  if (bytes === undefined) return undefined;
  let source: XmlElement;
  try {
    source = parseXml(bytes);
  } catch (cause) {
    throw new ServerError("bad-configuration", "cannot read the stored configuration: it is not XML", { cause });
  }
  return requireConfig(source, schema, "the stored configuration");
}

/** @throws ServerError `bad-configuration` */
export function requireConfig(source: XmlElement, schema: ServerSchema, what: string): XmlElement {
  const { config, errors } = loadConfig(source, schema);
  const first = errors[0];
  if (first === undefined) return config;
  throw new ServerError("bad-configuration", `cannot use ${what}: ${first.message}`);
}

/** The bytes of a configuration: one `<config>` in the base namespace. */
export function configBytes(config: XmlElement): Uint8Array {
  return encodeXml({ ...emptyConfig, children: config.children });
}

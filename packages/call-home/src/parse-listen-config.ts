import { ConfigError, type ConfigProblem } from "./config-errors.ts";
import { type JsonSchema, Reading, type Shape } from "./config-shape.ts";
import { readJson } from "./json-reader.ts";
import type { ListenConfig } from "./listen-config.ts";
import { listenFile } from "./listen-config-shape.ts";

/**
 * Reads the configuration of a Call Home manager from JSON. Paths in it are left as they are; who opens the files knows the folder.
 *
 * @throws ConfigError with everything that is wrong, each with its line, column and path
 * @example
 * const { listeners } = parseListenConfig('{ "listeners": [{ "transport": "ssh" }], "devices": [] }');
 * listeners[0]?.transport; // ssh
 */
export function parseListenConfig(text: string): ListenConfig {
  const { $schema: _, ...config } = readShape(text, listenFile);
  return config;
}

/**
 * The JSON Schema of such a file: what `schema/listen.schema.json` is made from.
 *
 * @example
 * console.log(JSON.stringify(listenConfigSchema(), null, 2));
 */
export function listenConfigSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "netconf listen",
    description: "Configuration of a NETCONF Call Home manager (RFC 8071). It holds no secrets, only where they are.",
    ...listenFile.schema,
  };
}

/** @throws ConfigError when the text is not of that shape */
export function readShape<T>(text: string, shape: Shape<T>): T {
  const problems: ConfigProblem[] = [];
  const value = shape.read(readJson(text), new Reading(text, problems));
  const [first, ...more] = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (first !== undefined) throw new ConfigError([first, ...more]);
  // A shape that reports nothing has read its value.
  return value as T;
}

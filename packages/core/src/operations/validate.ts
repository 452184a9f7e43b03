import { capabilityUris } from "../names.ts";
import { type ConfigSource, configSource } from "./copy-config.ts";
import { type Operation, okOperation } from "./operation.ts";

/**
 * Checks a whole configuration without using it, RFC 6241 §8.6.4.1.
 *
 * @example
 * await session.rpc(validate("candidate"));
 */
export function validate(source: ConfigSource): Operation<void> {
  const [from, requires] = configSource(source);
  const anyOf = [capabilityUris.validate11, capabilityUris.validate10];
  return okOperation("validate", [from], [{ anyOf, what: "validation" }, ...requires]);
}

import { createNetconfServer, element, namespaces, type XmlElement } from "netconf-kit";
import { guessSchema } from "./guess-schema.ts";

/**
 * What running would become after an edit, by our own rules of edit-config (RFC 6241 §7.2) and a guessed schema. For devices
 * without a candidate, which cannot be asked: a prediction, and to be called one.
 *
 * @throws RpcError where the edit breaks a rule, such as `data-missing` for a deletion
 */
export async function predictEdit(running: XmlElement, edit: readonly XmlElement[]): Promise<XmlElement> {
  const schema = guessSchema([running, element("config", namespaces.base, edit)]);
  const initial = element("config", namespaces.base, running.children);
  await using server = await createNetconfServer({ schema, initial });
  await server.edit("running", element("config", namespaces.base, edit));
  return server.read("running");
}

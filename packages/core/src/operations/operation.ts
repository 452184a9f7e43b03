import { element, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import type { Capabilities } from "../capabilities.ts";
import { NetconfError, quoted } from "../errors.ts";
import type { ReplyOutcome, RpcReply } from "../messages/received-reply.ts";
import { capabilityUris, type Datastore, namespaces } from "../names.ts";

/** A capability that the server has to have before an operation is sent. */
export interface Requirement {
  /** One of these capabilities, without parameters. */
  readonly anyOf: readonly string[];
  /** What needs it, for the error text: `the candidate datastore`. */
  readonly what: string;
  /** A word that the capability's parameter has to list, such as `scheme` → `https`. */
  readonly parameter?: { readonly names: readonly string[]; readonly word: string };
}

/** One request and how its reply is read. */
export interface Operation<T> {
  /** The name of its element. */
  readonly name: string;
  readonly element: XmlElement;
  readonly requires: readonly Requirement[];
  /** For these outcomes `decode` waits until the value is asked for; otherwise it is called at once. Default: none. */
  readonly readLaterFor?: readonly ReplyOutcome[];
  /** Called for a reply without errors. @throws NetconfError `malformed-reply`; XmlError of what the server sent */
  decode(reply: RpcReply): T;
}

/** Makes an operation of the base namespace that answers `<ok/>`. */
export function okOperation(
  name: string,
  content: readonly XmlNode[],
  requires: readonly Requirement[],
): Operation<void> {
  // A reply that is no XML must not pass for a success, though nobody will read it.
  return { name, element: element(name, namespaces.base, content), requires, decode: (reply) => reply.check() };
}

/** Makes an operation that answers `<data>`; its value is that element. */
export function dataOperation(
  name: string,
  content: readonly XmlNode[],
  requires: readonly Requirement[],
): Operation<XmlElement> {
  const readLaterFor = ["data"] as const;
  return { name, element: element(name, namespaces.base, content), requires, readLaterFor, decode: decodeData };
}

/** `<data>`; a lenient session takes the reply itself where a device leaves it out. */
function decodeData(reply: RpcReply): XmlElement {
  const data = reply.dialect.child(reply.root, "data");
  if (data !== undefined) return data;
  if (reply.dialect.forgives("missing-data")) return reply.root;
  throw new NetconfError("malformed-reply", "cannot read a reply: it has neither <data> nor <rpc-error>");
}

/**
 * Refuses an operation that needs a capability the peer has not advertised.
 *
 * @throws NetconfError `capability-missing`
 * @example
 * checkRequirements(lock("candidate"), session.capabilities);
 */
export function checkRequirements(operation: Operation<unknown>, capabilities: Capabilities): void {
  for (const requirement of operation.requires) {
    if (requirement.anyOf.some((uri) => satisfies(capabilities, uri, requirement))) continue;
    const wanted = requirement.anyOf.join(" or ");
    const word = requirement.parameter ? ` with ${quoted(requirement.parameter.word)}` : "";
    const needed = `${requirement.what} needs ${wanted}${word}`;
    throw new NetconfError("capability-missing", `cannot send <${operation.name}>: ${needed}, which the server lacks`);
  }
}

function satisfies(capabilities: Capabilities, uri: string, requirement: Requirement): boolean {
  const capability = capabilities.get(uri);
  if (capability === undefined) return false;
  const { parameter } = requirement;
  if (parameter === undefined) return true;
  const lists = parameter.names.map((name) => capability.parameters.get(name)).filter((list) => list !== undefined);
  return lists.some((list) => list.split(",").includes(parameter.word));
}

/** `<source>` or `<target>` around a datastore's name. */
export function datastoreElement(wrapper: "source" | "target", datastore: Datastore): XmlElement {
  return element(wrapper, namespaces.base, [element(datastore, namespaces.base)]);
}

/** RFC 6241 §8.3 and §8.7: candidate and startup exist only with their capabilities; running always does. */
export function datastoreRequirements(datastore: Datastore): readonly Requirement[] {
  switch (datastore) {
    case "candidate":
      return [{ anyOf: [capabilityUris.candidate], what: "the candidate datastore" }];
    case "startup":
      return [{ anyOf: [capabilityUris.startup], what: "the startup datastore" }];
    default:
      return [];
  }
}

/** RFC 6241 §8.2: writing running directly needs a capability. */
export function writableRequirements(datastore: Datastore): readonly Requirement[] {
  if (datastore !== "running") return datastoreRequirements(datastore);
  return [{ anyOf: [capabilityUris.writableRunning], what: "writing to the running datastore" }];
}

/** RFC 6241 §8.8: `:url` lists its schemes; devices also write `protocol`. */
export function urlRequirements(url: string): readonly Requirement[] {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) throw new NetconfError("invalid-argument", `cannot use ${quoted(url)}: it is no URL`);
  const parameter = { names: ["scheme", "protocol"], word: scheme };
  return [{ anyOf: [capabilityUris.url], what: `the URL scheme ${quoted(scheme)}`, parameter }];
}

export function urlElement(url: string): XmlElement {
  return element("url", namespaces.base, url);
}

/** A number of seconds, a session-id and the like: RFC 6241 Appendix C gives both the range of a uint32 without 0. */
export function positiveUint32(value: number, what: string): string {
  if (!Number.isInteger(value) || value < 1 || value > 0xffffffff) {
    throw new NetconfError(
      "invalid-argument",
      `cannot use ${quoted(String(value))} as ${what}: it has to be 1 to 4294967295`,
    );
  }
  return String(value);
}

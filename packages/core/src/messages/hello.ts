import { childElements, element, textOf, type XmlElement } from "@netconf-kit/xml";
import { Capabilities } from "../capabilities.ts";
import { NetconfError, quoted } from "../errors.ts";
import { namespaces } from "../names.ts";
import type { Dialect } from "./dialect.ts";

/** What a hello says. */
export interface Hello {
  readonly capabilities: Capabilities;
  /** From a server only. 1 to 4294967295. */
  readonly sessionId: number | undefined;
}

/**
 * Builds `<hello>`; only a server gives `sessionId`. RFC 6241 §8.1.
 *
 * @example
 * const hello = buildHello([capabilityUris.base11], 4);
 */
export function buildHello(capabilities: Iterable<string>, sessionId?: number): XmlElement {
  const listed = Array.from(capabilities, (uri) => element("capability", namespaces.base, uri));
  const children = [element("capabilities", namespaces.base, listed)];
  if (sessionId !== undefined) children.push(element("session-id", namespaces.base, String(sessionId)));
  return element("hello", namespaces.base, children);
}

/**
 * Reads `<hello>`. White space and line breaks inside `<capability>` are layout.
 *
 * @throws NetconfError `hello-malformed`, `hello-missing-session-id`, `hello-has-session-id`, `hello-bad-session-id`,
 * `limit-capabilities`
 * @example
 * const { capabilities } = parseHello(buildHello([capabilityUris.base11], 4), "server", new Dialect());
 */
export function parseHello(
  root: XmlElement,
  sender: "client" | "server",
  dialect: Dialect,
  maxCapabilities: number = Number.POSITIVE_INFINITY,
): Hello {
  const lists = dialect.children(root, "capabilities");
  const list = lists[0];
  if (list === undefined || lists.length > 1) {
    throw new NetconfError(
      "hello-malformed",
      `cannot read the ${sender}'s hello: it has ${lists.length} <capabilities>`,
    );
  }
  const listed = dialect.children(list, "capability");
  if (listed.length > maxCapabilities) {
    const counts = `${listed.length} capabilities, the limit is ${maxCapabilities}`;
    throw new NetconfError("limit-capabilities", `cannot take the ${sender}'s hello: ${counts}`);
  }
  for (const entry of listed) {
    if (childElements(entry).length > 0) {
      throw new NetconfError("hello-malformed", `cannot read the ${sender}'s hello: a <capability> holds an element`);
    }
  }
  const capabilities = new Capabilities(listed.map((entry) => textOf(entry)).filter((uri) => uri.trim() !== ""));
  return { capabilities, sessionId: readSessionId(root, sender, dialect) };
}

function readSessionId(root: XmlElement, sender: "client" | "server", dialect: Dialect): number | undefined {
  const found = dialect.children(root, "session-id");
  const first = found[0];
  if (sender === "client") {
    if (first === undefined) return undefined;
    // RFC 6241 §8.1: a server receiving a session-id MUST terminate the session.
    throw new NetconfError("hello-has-session-id", "cannot accept the client's hello: it has a <session-id>");
  }
  if (first === undefined) {
    // RFC 6241 §8.1: the client MUST terminate, without sending <close-session>.
    throw new NetconfError("hello-missing-session-id", "cannot accept the server's hello: it has no <session-id>");
  }
  const id = parseSessionId(textOf(first));
  if (found.length > 1 || id === undefined) {
    const problem = found.length > 1 ? "it has several <session-id>" : `the <session-id> is ${quoted(textOf(first))}`;
    throw new NetconfError("hello-bad-session-id", `cannot accept the server's hello: ${problem}`);
  }
  return id;
}

/** RFC 6241 Appendix C: `session-id-type` is a uint32 of 1 and more. */
export function parseSessionId(text: string): number | undefined {
  const digits = text.trim();
  if (!/^\d{1,10}$/.test(digits)) return undefined;
  const id = Number(digits);
  return id >= 1 && id <= 0xffffffff ? id : undefined;
}

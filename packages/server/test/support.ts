import { type ClientSession, openClientSession } from "@netconf-kit/core";
import { memoryPair } from "@netconf-kit/socket";
import { parseXml, type XmlElement } from "@netconf-kit/xml";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { elementsOf, hasElements } from "../src/config-tree.ts";
import { listKeys, type NodeDescription } from "../src/mod.ts";
import { createNetconfServer, type NetconfServer, type NetconfServerOptions } from "../src/netconf-server.ts";

export const NC = "urn:ietf:params:xml:ns:netconf:base:1.0";
/** The data model of the examples in RFC 6241. */
export const EXAMPLE = "http://example.com/schema/1.2/config";

export const exampleDescriptions: readonly NodeDescription[] = [
  { namespace: EXAMPLE, path: ["top", "interface"], keys: ["name"] },
  { namespace: EXAMPLE, path: ["top", "users", "user"], keys: ["name"] },
  { namespace: EXAMPLE, path: ["top", "users", "user", "group"], kind: "leaf-list" },
  { namespace: EXAMPLE, path: ["top", "protocols", "ospf", "area"], keys: ["name"] },
  { namespace: EXAMPLE, path: ["top", "protocols", "ospf", "area", "interfaces", "interface"], keys: ["name"] },
  { namespace: EXAMPLE, path: ["top", "rule"], keys: ["id"], userOrdered: true },
  { namespace: EXAMPLE, path: ["top", "server"], kind: "leaf-list", userOrdered: true },
  { namespace: EXAMPLE, path: ["top", "blob"], kind: "anydata" },
  { namespace: EXAMPLE, path: ["top", "quiet"], kind: "container", presence: false },
];

export const exampleSchema = listKeys(exampleDescriptions);

/** `<config>` around the given content; `xc` and `yang` are bound, the example namespace is the default. */
export function config(content: string): XmlElement {
  return parseXml(
    `<nc:config xmlns:nc="${NC}" xmlns:xc="${NC}" xmlns:yang="urn:ietf:params:xml:ns:yang:1" xmlns="${EXAMPLE}">${content}</nc:config>`,
  );
}

/** The tree as text that does not depend on prefixes, white space between elements or where namespaces are declared. */
export function plain(tree: XmlElement, outer = NC): string {
  const declared = tree.namespace === outer ? "" : ` xmlns="${tree.namespace}"`;
  const attributes = tree.attributes
    .map((each) => ` ${each.namespace === "" ? "" : `{${each.namespace}}`}${each.name}="${each.value}"`)
    .sort()
    .join("");
  const content = hasElements(tree)
    ? elementsOf(tree)
        .map((part) => plain(part, tree.namespace))
        .join("")
    : tree.children.join("");
  const name = `${tree.name}${declared}${attributes}`;
  return content.trim() === "" ? `<${name}/>` : `<${name}>${content}</${tree.name}>`;
}

/** The content of a `<config>` as `plain` writes it, for trees of the example model. */
export function content(tree: XmlElement): string {
  return elementsOf(tree)
    .map((part) => plain(part, EXAMPLE))
    .join("");
}

export interface TestBed extends AsyncDisposable {
  readonly server: NetconfServer;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly errors: unknown[];
  connect(username?: string): Promise<ClientSession>;
}

/** A server in virtual time, and clients joined to it in memory. */
export async function testBed(options: NetconfServerOptions = {}): Promise<TestBed> {
  const clock = virtualClock();
  const errors: unknown[] = [];
  const server = await createNetconfServer({
    schema: exampleDescriptions,
    clock,
    now: () => "2026-01-02T03:04:05Z",
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    server,
    clock,
    errors,
    connect: async (username = "admin") => {
      const [ours, theirs] = memoryPair();
      const [client] = await Promise.all([
        openClientSession(ours, { clock }),
        server.serve(theirs, { username, transport: "netconf-test", sourceHost: "192.0.2.1" }),
      ]);
      return client;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Lets everything run that needs no time to pass. */
export async function settle(turns = 50): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

export interface RawClient {
  /** Sends one message as it stands and gives the next one that comes. */
  exchange(message: string): Promise<string>;
  close(): Promise<void>;
}

/** A client that speaks base:1.0 and writes its messages by hand. */
export async function rawClient(server: NetconfServer): Promise<RawClient> {
  const [ours, theirs] = memoryPair();
  const decoder = new TextDecoder();
  let received = "";
  const next = async (): Promise<string> => {
    for (;;) {
      const end = received.indexOf("]]>]]>");
      if (end >= 0) {
        const message = received.slice(0, end);
        received = received.slice(end + 6);
        return message;
      }
      const chunk = await ours.read();
      if (chunk === undefined) throw new Error("the server has ended the session");
      received += decoder.decode(chunk, { stream: true });
    }
  };
  const send = (message: string): Promise<void> => ours.write(new TextEncoder().encode(`${message}]]>]]>`));
  const capability = "<capability>urn:ietf:params:netconf:base:1.0</capability>";
  const serving = server.serve(theirs, { username: "raw" });
  await send(`<hello xmlns="${NC}"><capabilities>${capability}</capabilities></hello>`);
  await next();
  await serving;
  return {
    exchange: async (message) => {
      await send(message);
      return await next();
    },
    close: () => ours.close(),
  };
}

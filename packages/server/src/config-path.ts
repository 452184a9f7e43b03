/** One step from a parent to a child instance. */
export interface PathSegment {
  readonly namespace: string;
  readonly name: string;
  /** For a list entry: its keys, in the namespace of the list. */
  readonly keys?: readonly { readonly name: string; readonly value: string }[];
  /** For an entry of a leaf-list. */
  readonly value?: string;
}

/** The way from the root of the data to one node. */
export type ConfigPath = readonly PathSegment[];

/**
 * A path for people: `/example-if:interfaces/interface[name='eth0']/mtu`. The label of a namespace is its last part; it is
 * written where the namespace changes.
 *
 * @example
 * formatPath([{ namespace: "urn:example:system", name: "system" }]); // "/system:system"
 */
export function formatPath(path: ConfigPath): string {
  let text = "";
  let namespace: string | undefined;
  for (const segment of path) {
    const label = segment.namespace === namespace ? "" : `${namespaceLabel(segment.namespace)}:`;
    namespace = segment.namespace;
    const keys = (segment.keys ?? []).map((key) => `[${key.name}=${quote(key.value)}]`).join("");
    const value = segment.value === undefined ? "" : `[.=${quote(segment.value)}]`;
    text += `/${label}${segment.name}${keys}${value}`;
  }
  return text === "" ? "/" : text;
}

/** An XPath expression and the prefixes it needs in scope. */
export interface XPathText {
  readonly xpath: string;
  /** Prefix → namespace. */
  readonly namespaces: ReadonlyMap<string, string>;
}

/**
 * The path as an absolute XPath expression, for `<error-path>` (RFC 6241 §4.3) and for instance-identifiers (RFC 7950 §9.13).
 *
 * @example
 * const { xpath } = xpathOf([{ namespace: "urn:example", name: "mtu" }]);
 */
export function xpathOf(path: ConfigPath): XPathText {
  const prefixes = new Map<string, string>();
  const namespaces = new Map<string, string>();
  const prefixOf = (namespace: string): string => {
    let prefix = prefixes.get(namespace);
    if (prefix === undefined) {
      const label = namespaceLabel(namespace);
      prefix = label;
      for (let n = 2; namespaces.has(prefix); n++) prefix = `${label}${n}`;
      prefixes.set(namespace, prefix);
      namespaces.set(prefix, namespace);
    }
    return prefix;
  };
  let xpath = "";
  for (const segment of path) {
    const prefix = prefixOf(segment.namespace);
    const keys = (segment.keys ?? []).map((key) => `[${prefix}:${key.name}=${quote(key.value)}]`).join("");
    const value = segment.value === undefined ? "" : `[.=${quote(segment.value)}]`;
    xpath += `/${prefix}:${segment.name}${keys}${value}`;
  }
  return { xpath: xpath === "" ? "/" : xpath, namespaces };
}

/** Something short to call a namespace by: its last part, made fit to be an XML prefix. */
function namespaceLabel(namespace: string): string {
  const parts = namespace.split(/[:/#?]/).filter((part) => /[A-Za-z]/.test(part));
  const last = (parts.at(-1) ?? "ns").replace(/[^A-Za-z0-9._-]/g, "-").replace(/^[^A-Za-z_]+/, "");
  // A prefix must not begin with "xml" (Namespaces in XML 1.0 §3).
  return last === "" || /^xml/i.test(last) ? `ns-${last}` : last;
}

/** XPath 1.0 has no escapes: a text with both kinds of quotes is put together from pieces. */
function quote(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  const pieces = text.split("'").map((piece) => `'${piece}'`);
  return `concat(${pieces.join(`,"'",`)})`;
}

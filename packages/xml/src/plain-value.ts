/** What an element is as a plain value. */
export type PlainValue = string | PlainObject;
/** An element as an object: its children by their local names. */
export interface PlainObject {
  readonly [key: string]: PlainValue | readonly PlainValue[];
}

/** What has to be known of an element. */
export interface PlainSource {
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  readonly trimmedText: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  children(): Iterable<PlainSource>;
}

/** The plain value of an element, as `CompactElement.toPlain()` describes it. */
export function toPlainValue(element: PlainSource): PlainValue {
  const { attributes } = element;
  /** Namespace of the key and the values that have it. */
  const found = new Map<string, { readonly namespace: string; readonly values: PlainValue[] }>();
  for (const child of element.children()) {
    const same = found.get(child.name);
    const key =
      same === undefined || same.namespace === child.namespace ? child.name : `{${child.namespace}}${child.name}`;
    const entry = found.get(key);
    if (entry === undefined) found.set(key, { namespace: child.namespace, values: [toPlainValue(child)] });
    else entry.values.push(toPlainValue(child));
  }
  if (attributes.length === 0 && found.size === 0) return element.text;
  // Without a prototype: a peer may call an element "__proto__".
  const plain: Record<string, PlainValue | readonly PlainValue[]> = Object.create(null);
  for (const { name, value } of attributes) plain[`@${name}`] = value;
  for (const [key, { values }] of found) {
    const [only = ""] = values;
    plain[key] = values.length === 1 ? only : values;
  }
  const text = found.size === 0 ? element.text : element.trimmedText;
  if (text !== "") plain["#text"] = text;
  return plain;
}

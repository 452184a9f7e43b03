import { quoted, XmlError } from "./errors.ts";
import { isNcName } from "./names.ts";

/** What a path's prefixes mean. */
export interface SelectOptions {
  /** Prefix → namespace; the empty prefix is for names without one. */
  readonly namespaces?: Readonly<Record<string, string>>;
}

/** What has to be known of an element to follow a path. */
export interface SelectSource<Self> {
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  readonly parent: Self | undefined;
  attribute(name: string, namespace?: string): string | undefined;
  children(): Iterable<Self>;
}

/** Follows a path, as `CompactElement.select()` describes it. @throws XmlError `bad-path` */
export function selectFrom<Self extends SelectSource<Self>>(
  from: Self,
  path: string,
  options: SelectOptions,
): readonly Self[] {
  const steps = parsePath(path, options.namespaces ?? {});
  if (!path.startsWith("/")) return steps.reduce((found, step) => found.flatMap((each) => follow(each, step)), [from]);
  let root = from;
  while (root.parent !== undefined) root = root.parent;
  const [first, ...others] = steps;
  if (first === undefined) return [];
  return others.reduce((found, step) => found.flatMap((each) => follow(each, step)), filter([root], first));
}

interface Test {
  /** `undefined` for `*`, and for a namespace that does not matter. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

type Predicate =
  | { readonly kind: "position"; readonly position: number }
  | { readonly kind: "self"; readonly value: string }
  | { readonly kind: "attribute" | "child"; readonly test: Test; readonly value: string };

interface Step extends Test {
  readonly predicates: readonly Predicate[];
}

function follow<Self extends SelectSource<Self>>(element: Self, step: Step): Self[] {
  return filter([...element.children()], step);
}

function filter<Self extends SelectSource<Self>>(elements: readonly Self[], step: Step): Self[] {
  let found = elements.filter((each) => passes(each, step));
  for (const predicate of step.predicates) {
    found = found.filter((each, i) => holds(each, predicate, i + 1));
  }
  return found;
}

function passes(element: { readonly name: string; readonly namespace: string }, { name, namespace }: Test): boolean {
  return (name === undefined || name === element.name) && (namespace === undefined || namespace === element.namespace);
}

function holds<Self extends SelectSource<Self>>(element: Self, predicate: Predicate, position: number): boolean {
  switch (predicate.kind) {
    case "position":
      return predicate.position === position;
    case "self":
      return element.text === predicate.value;
    case "attribute":
      return element.attribute(predicate.test.name ?? "", predicate.test.namespace) === predicate.value;
    case "child":
      for (const child of element.children()) {
        if (passes(child, predicate.test) && child.text === predicate.value) return true;
      }
      return false;
  }
}

function parsePath(path: string, namespaces: Readonly<Record<string, string>>): readonly Step[] {
  const steps: Step[] = [];
  let rest = path.startsWith("/") ? path.slice(1) : path;
  for (;;) {
    const [test, afterTest] = parseTest(rest, path, namespaces, namespaces[""] ?? "");
    rest = afterTest;
    const predicates: Predicate[] = [];
    while (rest.startsWith("[")) {
      const [predicate, afterPredicate] = parsePredicate(rest.slice(1), path, namespaces);
      predicates.push(predicate);
      rest = afterPredicate;
    }
    steps.push({ ...test, predicates });
    if (rest === "") return steps;
    if (!rest.startsWith("/")) throw badPath(path, rest);
    rest = rest.slice(1);
  }
}

function parseTest(
  text: string,
  path: string,
  namespaces: Readonly<Record<string, string>>,
  unprefixed: string,
): readonly [Test, string] {
  const end = text.search(NAME_END);
  const written = end < 0 ? text : text.slice(0, end);
  const rest = text.slice(written.length);
  if (written === "*") return [{ name: undefined, namespace: undefined }, rest];
  const colon = written.indexOf(":");
  const prefix = written.slice(0, Math.max(colon, 0));
  const name = written.slice(colon + 1);
  if ((name !== "*" && !isNcName(name)) || (colon >= 0 && !isNcName(prefix))) throw badPath(path, text);
  if (colon >= 0 && !Object.hasOwn(namespaces, prefix)) {
    throw new XmlError("bad-path", `cannot follow the path ${quoted(path)}: the prefix ${quoted(prefix)} is not given`);
  }
  return [{ name: name === "*" ? undefined : name, namespace: colon < 0 ? unprefixed : namespaces[prefix] }, rest];
}

function parsePredicate(
  text: string,
  path: string,
  namespaces: Readonly<Record<string, string>>,
): readonly [Predicate, string] {
  const position = POSITION.exec(text);
  if (position !== null) return [{ kind: "position", position: Number(position[1]) }, text.slice(position[0].length)];
  if (text.startsWith(".")) {
    const [value, rest] = parseLiteral(text.slice(1), path);
    return [{ kind: "self", value }, rest];
  }
  const kind = text.startsWith("@") ? "attribute" : "child";
  const unprefixed = kind === "attribute" ? "" : (namespaces[""] ?? "");
  const [test, afterTest] = parseTest(text.slice(kind === "attribute" ? 1 : 0), path, namespaces, unprefixed);
  if (kind === "attribute" && test.name === undefined) throw badPath(path, text);
  const [value, rest] = parseLiteral(afterTest, path);
  return [{ kind, test, value }, rest];
}

/** `='…']` or `="…"]`. */
function parseLiteral(text: string, path: string): readonly [string, string] {
  const quote = text[1] ?? "";
  const close = text.indexOf(quote, 2);
  if (text[0] !== "=" || (quote !== "'" && quote !== '"') || close < 0 || text[close + 1] !== "]") {
    throw badPath(path, text);
  }
  return [text.slice(2, close), text.slice(close + 2)];
}

function badPath(path: string, at: string): XmlError {
  return new XmlError("bad-path", `cannot follow the path ${quoted(path)}: it cannot be read from ${quoted(at)} on`);
}

const NAME_END = /[/[\]=]/;
const POSITION = /^([1-9][0-9]{0,8})\]/;

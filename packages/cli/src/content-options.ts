import { type Command, Option } from "commander";
import { type ConfigSource, element, type Filter, isElement, namespaces, parseXml, type XmlElement } from "netconf-kit";
import { collect } from "./collect.ts";
import { UsageError } from "./exit-codes.ts";
import { readBytes } from "./secrets.ts";

export interface FilterOptions {
  readonly filterSubtree?: string;
  readonly filterXpath?: string;
  readonly ns?: readonly string[];
}

/** Adds the options that select data. */
export function withFilter(command: Command): Command {
  return command
    .addOption(
      new Option("--filter-subtree <XML|@FILE>", "subtree filter: the XML itself, or @ and a file").conflicts(
        "filterXpath",
      ),
    )
    .option("--filter-xpath <expression>", "XPath filter; the device has to support :xpath")
    .option("--ns <prefix=uri>", "namespace of a prefix in the XPath filter (repeatable)", collect);
}

/** The filter that the options ask for. */
export function filterOf(options: FilterOptions): Filter | undefined {
  if (options.filterSubtree !== undefined) return { subtree: readXml(options.filterSubtree, "the subtree filter") };
  if (options.filterXpath === undefined) return undefined;
  return { xpath: options.filterXpath, namespaces: Object.fromEntries((options.ns ?? []).map(namespaceOf)) };
}

function namespaceOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`"${text}" is not a namespace binding`, { hint: "write --ns prefix=uri" });
  return [text.slice(0, at), text.slice(at + 1)];
}

/** XML given on the command line, or `@FILE`. */
export function readXml(text: string, what: string): XmlElement {
  return text.startsWith("@") ? readXmlFile(text.slice(1), what) : parse(text, what);
}

/** XML in a file, `-` being standard input. */
export function readXmlFile(path: string, what: string): XmlElement {
  return parse(readBytes(path, what), what);
}

function parse(input: string | Uint8Array, what: string): XmlElement {
  try {
    return parseXml(input);
  } catch (error) {
    throw new UsageError(`cannot read ${what}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** What stands in `<config>`, given with or without it. */
export function configOf(root: XmlElement): readonly XmlElement[] {
  return root.name === "config" && (root.namespace === namespaces.base || root.namespace === "")
    ? root.children.filter(isElement)
    : [root];
}

/** A file with what stands in `<config>`, given with or without it, as one `<config>`. */
export function readConfigFile(path: string): XmlElement {
  return element("config", namespaces.base, configOf(readXmlFile(path, "the configuration")));
}

/** The operation in `<rpc>`, given with or without it. */
export function rpcContent(given: XmlElement): XmlElement {
  const bare = given.name === "rpc" && given.namespace === namespaces.base ? given.children.find(isElement) : given;
  if (bare === undefined) throw new UsageError("the <rpc> holds no operation");
  return bare;
}

/** `[target] [argument]`: with --call-home there is no target, and a single word is the argument. */
export function targetAnd<T extends string | undefined>(
  { callHome }: { readonly callHome?: string },
  first: string | undefined,
  second: T,
): readonly [target: string | undefined, argument: string | T] {
  return callHome !== undefined && first !== undefined ? [undefined, first] : [first, second];
}

/** A whole configuration: a datastore, a URL, or `@` and a file. */
export function sourceOf(text: string): ConfigSource {
  if (text.startsWith("@")) return { config: configOf(readXml(text, "the configuration")) };
  return text.includes(":") ? { url: text } : datastoreOf(text, DATASTORES);
}

/** A datastore or a URL. */
export function placeOf<const T extends string>(text: string, allowed: readonly T[]): T | { readonly url: string } {
  return text.includes(":") ? { url: text } : datastoreOf(text, allowed);
}

export const DATASTORES = ["running", "candidate", "startup"] as const;

/** The datastore that an option names. */
export function datastoreOf<const T extends string>(name: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === name);
  if (found === undefined)
    throw new UsageError(`"${name}" is not a datastore for this`, { hint: `use ${allowed.join(" or ")}` });
  return found;
}

/** Adds the option of RFC 6243 to a command. */
export function withDefaultsMode(command: Command): Command {
  return command.addOption(
    new Option(
      "--with-defaults <mode>",
      "how default values are reported; the device has to support :with-defaults",
    ).choices(["report-all", "report-all-tagged", "trim", "explicit"]),
  );
}

import { type Command, Option } from "commander";
import { type Filter, parseXml, type XmlElement } from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import { readBytes } from "./secrets.ts";
import { collect } from "./session-options.ts";

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

/** The datastore that an option names. */
export function datastoreOf<const T extends string>(name: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === name);
  if (found === undefined)
    throw new UsageError(`"${name}" is not a datastore for this`, { hint: `use ${allowed.join(" or ")}` });
  return found;
}

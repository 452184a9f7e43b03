import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { encodeXml, isElement, serializeXml, textOf, type XmlElement } from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export type OutputFormat = "xml" | "json" | "tree" | "raw";

export interface OutputOptions {
  readonly format: OutputFormat;
  readonly out?: string;
}

/** Adds the options that say how and where results are written. */
export function withOutput(command: Command): Command {
  return withFormat(command, "xml").option("-o, --out <file>", "write results to a file instead of standard output");
}

/** Adds the option that says how results are written. */
export function withFormat(command: Command, usual: OutputFormat): Command {
  return command.addOption(
    new Option("--format <format>", "how results are written").choices(["xml", "json", "tree", "raw"]).default(usual),
  );
}

/** Writes elements in the chosen format. */
export async function writeElements(
  elements: readonly XmlElement[],
  options: OutputOptions,
  terminal: Terminal,
): Promise<void> {
  await writeResult(formatElements(elements, options.format), options, terminal);
}

/** Writes a result that is text already. */
export async function writeResult(
  result: string | Uint8Array,
  options: { readonly out?: string },
  terminal: Terminal,
): Promise<void> {
  if (options.out === undefined) {
    await terminal.out(result);
    return;
  }
  try {
    await writeFile(options.out, result);
  } catch (error) {
    throw new UsageError(`cannot write the result: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function formatElements(elements: readonly XmlElement[], format: OutputFormat): string | Uint8Array {
  switch (format) {
    case "xml":
      return elements.map((each) => `${serializeXml(each, { indent: 2 })}\n`).join("");
    case "tree":
      return elements
        .map((each) => treeLines(each, 0).join("\n"))
        .join("\n")
        .concat("\n");
    case "json":
      return `${JSON.stringify(toPlain(elements), null, 2)}\n`;
    case "raw":
      return concat(elements.map((each) => encodeXml(each)));
  }
}

function treeLines(element: XmlElement, depth: number): readonly string[] {
  const children = element.children.filter(isElement);
  const value = children.length === 0 ? textOf(element) : "";
  const line = `${"  ".repeat(depth)}${element.name}${value === "" ? "" : `: ${value}`}`;
  return [line, ...children.flatMap((child) => treeLines(child, depth + 1))];
}

type Plain = string | null | readonly Plain[] | { readonly [name: string]: Plain };

/** Without a schema the JSON is a guess: repeated names become arrays, every value a string. */
function toPlain(elements: readonly XmlElement[]): Plain {
  const groups = new Map<string, Plain[]>();
  for (const element of elements) {
    const group = groups.get(element.name) ?? [];
    group.push(plainValue(element));
    groups.set(element.name, group);
  }
  return Object.fromEntries(
    [...groups].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? null) : values]),
  );
}

function plainValue(element: XmlElement): Plain {
  const children = element.children.filter(isElement);
  if (children.length > 0) return toPlain(children);
  return element.children.length === 0 ? null : textOf(element);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

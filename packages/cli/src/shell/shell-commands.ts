import {
  type ClientSession,
  cancelCommit,
  commit,
  discardChanges,
  editConfig,
  expectOk,
  type Filter,
  get,
  getConfig,
  getSchema,
  lock,
  namespaces,
  type Operation,
  rawRpc,
  unlock,
  validate,
  type XmlElement,
} from "netconf-kit";
import { configOf, DATASTORES, datastoreOf, readXml, rpcContent } from "../content-options.ts";
import { UsageError } from "../exit-codes.ts";
import { type OutputFormat, writeElements } from "../output.ts";
import type { Terminal } from "../terminal.ts";

/** What a line of the shell works on. */
export interface ShellContext {
  readonly session: ClientSession;
  readonly terminal: Terminal;
  /** How results are written; a line can change it. */
  format: OutputFormat;
}

/** One word that a line can begin with. `rest` is what stands behind it, as it was typed: XML has quotes of its own. */
export interface ShellCommand {
  readonly usage: string;
  readonly does: string;
  /** What the second word may be. */
  readonly words?: readonly string[];
  readonly run: (rest: string, context: ShellContext, signal: AbortSignal) => Promise<void>;
}

const FORMATS = ["xml", "json", "tree", "raw"] as const;

/** Everything that the shell knows but `help` and `quit`. */
export const shellCommands: ReadonlyMap<string, ShellCommand> = new Map<string, ShellCommand>([
  ["get", { usage: "[FILTER]", does: "configuration and state", run: showing((rest) => get(filtered(rest))) }],
  [
    "get-config",
    {
      usage: "[DATASTORE] [FILTER]",
      does: "configuration of running unless another is named",
      words: DATASTORES,
      run: showing((rest) => {
        const { datastore = "running", more } = withDatastore(rest);
        return getConfig(datastore, filtered(more));
      }),
    },
  ],
  [
    "edit-config",
    {
      usage: "DATASTORE XML|@FILE",
      does: "change running or candidate",
      words: ["running", "candidate"],
      run: doing((rest) => {
        const { datastore = "", more } = withDatastore(rest);
        if (more === "") throw new UsageError("there is nothing to change", { hint: "edit-config candidate @FILE" });
        return editConfig(datastoreOf(datastore, ["running", "candidate"]), configOf(readXml(more, "the change")));
      }),
    },
  ],
  ["lock", onDatastore("lock a datastore", "running", lock)],
  ["unlock", onDatastore("release a lock", "running", unlock)],
  ["validate", onDatastore("check a datastore", "candidate", validate)],
  ["commit", { usage: "", does: "candidate becomes running", run: doing(() => commit()) }],
  [
    "commit-confirmed",
    {
      usage: "[SECONDS]",
      does: "the same, undone unless commit follows in time (600 s)",
      run: doing((rest) => commit({ confirmed: true, ...(rest !== "" && { confirmTimeout: seconds(rest) }) })),
    },
  ],
  ["cancel-commit", { usage: "", does: "undo it now", run: doing(() => cancelCommit()) }],
  ["discard-changes", { usage: "", does: "candidate becomes like running", run: doing(() => discardChanges()) }],
  [
    "get-schema",
    {
      usage: "MODULE",
      does: "the text of a module",
      run: async (name, { session, terminal }, signal) => {
        if (name === "") throw new UsageError("there is no name of a module");
        const text = expectOk(await session.rpc(getSchema(name), { signal }));
        await terminal.out(text.endsWith("\n") ? text : `${text}\n`);
      },
    },
  ],
  ["rpc", { usage: "XML|@FILE", does: "any operation", run: showing((rest) => rawRpc(operationIn(rest))) }],
  [
    "hello",
    {
      usage: "",
      does: "session and capabilities",
      run: async (_rest, { session, terminal }) => {
        const uris = Array.from(session.capabilities, ({ uri }) => `  ${uri}\n`);
        await terminal.out(`session ${session.sessionId}, NETCONF ${session.version}\n${uris.join("")}`);
      },
    },
  ],
  [
    "format",
    {
      usage: FORMATS.join("|"),
      does: "how results are written",
      words: FORMATS,
      run: async (rest, context) => {
        const format = FORMATS.find((each) => each === rest);
        if (format === undefined) throw new UsageError(`"${rest}" is no format`, { hint: FORMATS.join(", ") });
        context.format = format;
      },
    },
  ],
]);

function showing(operationOf: (rest: string) => Operation<XmlElement | readonly XmlElement[]>): ShellCommand["run"] {
  return async (rest, { session, terminal, format }, signal) => {
    const found = expectOk(await session.rpc(operationOf(rest), { signal }));
    const elements = Array.isArray(found) ? found : [found];
    if (elements.every(({ name, namespace }) => name === "ok" && namespace === namespaces.base)) terminal.err("ok");
    else await writeElements(elements, { format }, terminal);
  };
}

function doing(operationOf: (rest: string) => Operation<void>): ShellCommand["run"] {
  return async (rest, { session, terminal }, signal) => {
    expectOk(await session.rpc(operationOf(rest), { signal }));
    terminal.err("ok");
  };
}

function onDatastore(
  does: string,
  usual: (typeof DATASTORES)[number],
  operationOf: (datastore: (typeof DATASTORES)[number]) => Operation<void>,
): ShellCommand {
  return {
    usage: "[DATASTORE]",
    does: `${does}, ${usual} unless another is named`,
    words: DATASTORES,
    run: doing((rest) => operationOf(rest === "" ? usual : datastoreOf(rest, DATASTORES))),
  };
}

function withDatastore(rest: string): {
  readonly datastore: (typeof DATASTORES)[number] | undefined;
  readonly more: string;
} {
  const [word = ""] = rest.split(/\s/, 1);
  const datastore = DATASTORES.find((each) => each === word);
  return { datastore, more: datastore === undefined ? rest : rest.slice(word.length).trim() };
}

/** XML, or `@` and a file with it, is a subtree; anything else an XPath expression. */
function filtered(text: string): { readonly filter?: Filter } {
  if (text === "") return {};
  if (!/^[<@]/.test(text)) return { filter: { xpath: text } };
  return { filter: { subtree: readXml(text, "the filter") } };
}

function operationIn(text: string): XmlElement {
  if (text === "") throw new UsageError("there is no operation", { hint: "rpc XML, or rpc @FILE" });
  return rpcContent(readXml(text, "the operation"));
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`"${text}" is not a number of seconds`);
  return value;
}

import { Command } from "commander";
import { expectOk, rawRpc } from "netconf-kit";
import { readXmlFile, rpcContent, targetAnd } from "../content-options.ts";
import { openSession } from "../open-session.ts";
import { type OutputOptions, withOutput, writeElements } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";

/** `netconf rpc`: any operation. */
export function rpcCommand(): Command {
  return withOutput(withSession(new Command("rpc")))
    .argument("[file]", "the operation: what stands in <rpc>, or <rpc> itself; - is standard input", "-")
    .description("send any operation and print what the reply holds")
    .addHelpText(
      "after",
      "\nExample:\n  echo '<discard-changes xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"/>' | netconf rpc admin@192.0.2.1",
    )
    .action((first: string | undefined, file: string, options: SessionOptions & OutputOptions) =>
      runCommand(options, async (terminal, signal) => {
        const [device, path] = targetAnd(options, first, file);
        const operation = rpcContent(readXmlFile(path, "the operation"));
        await using opened = await openSession(device, options, terminal, signal);
        const content = expectOk(await opened.session.rpc(rawRpc(operation), { signal }));
        if (content.every((each) => each.name === "ok")) terminal.err("ok");
        else await writeElements(content, options, terminal);
      }),
    );
}

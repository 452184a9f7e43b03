import { Command } from "commander";
import { expectOk, getSchema } from "netconf-kit";
import { targetAnd } from "../content-options.ts";
import { UsageError } from "../exit-codes.ts";
import { openSession } from "../open-session.ts";
import { writeResult } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";

interface GetSchemaOptions extends SessionOptions {
  readonly schemaVersion?: string;
  readonly format?: string;
  readonly out?: string;
}

/** `netconf get-schema`: the text of a module, RFC 6022 §3.1. */
export function getSchemaCommand(): Command {
  return withSession(new Command("get-schema"))
    .argument("[name]", "name of the module")
    .description("print a schema that the device has (RFC 6022 §3.1)")
    .option("--schema-version <revision>", "revision of the module; needed where the device has several")
    .option("--format <language>", "yang, yin, xsd, rng or rnc (device's default: yang)")
    .option("-o, --out <file>", "write the result to a file instead of standard output")
    .addHelpText("after", "\nExample:\n  netconf get-schema admin@192.0.2.1 ietf-interfaces -o ietf-interfaces.yang")
    .action((first: string | undefined, second: string | undefined, options: GetSchemaOptions) =>
      runCommand(options, async (terminal, signal) => {
        const [device, name] = targetAnd(options, first, second);
        if (name === undefined)
          throw new UsageError("there is no name of a module", { hint: "write it after the target" });
        const { schemaVersion, format } = options;
        const operation = getSchema(name, {
          ...(schemaVersion !== undefined && { version: schemaVersion }),
          ...(format !== undefined && { format }),
        });
        await using opened = await openSession(device, options, terminal, signal);
        const text = expectOk(await opened.session.rpc(operation, { signal }));
        await writeResult(text.endsWith("\n") ? text : `${text}\n`, options, terminal);
      }),
    );
}

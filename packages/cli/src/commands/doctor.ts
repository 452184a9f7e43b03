import { Command, Option } from "commander";
import { examineSsh, examineTls, type Findings } from "../doctor/examine.ts";
import { asJson, asText } from "../doctor/report.ts";
import { exitCodes, UsageError } from "../exit-codes.ts";
import { sessionSettings } from "../open-session.ts";
import { prepareSsh } from "../open-ssh.ts";
import { prepareTls } from "../open-tls.ts";
import type { SessionSettings } from "../opener.ts";
import { writeResult } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";
import type { Terminal } from "../terminal.ts";
import { forbidTls } from "../tls-options.ts";
import { traceTo } from "../trace.ts";

interface DoctorOptions extends SessionOptions {
  readonly format: "text" | "json";
  readonly out?: string;
}

/** `netconf doctor`: at which layer a session fails or is slow, and why. */
export function doctorCommand(): Command {
  return withSession(new Command("doctor"))
    .description("say at which layer a session fails or is slow, and why")
    .addOption(new Option("--format <format>", "how the result is written").choices(["text", "json"]).default("text"))
    .option("-o, --out <file>", "write the result to a file instead of standard output")
    .addHelpText(
      "after",
      "\nExample:\n  netconf doctor admin@192.0.2.1 -i ~/.ssh/id_ed25519\n\nIt changes nothing: it asks for the running configuration with an empty filter. The exit code is that of the error found.",
    )
    .action((target: string | undefined, options: DoctorOptions) =>
      runCommand(options, async (terminal, signal) => {
        if (target === undefined || options.callHome !== undefined) {
          throw new UsageError("doctor needs a target that it can dial", {
            hint: "of devices that call home, netconf listen says why they are refused",
          });
        }
        if (options.tls !== true) forbidTls(options);
        const trace = options.trace === undefined ? undefined : traceTo(options.trace);
        try {
          const settings = sessionSettings(options, trace);
          const { examination, error } = await examine(target, options, settings, terminal, signal);
          const json = options.format === "json";
          await writeResult(json ? asJson(target, examination, error) : asText(examination), options, terminal);
          if (error !== undefined) throw error;
        } finally {
          trace?.close();
        }
        return exitCodes.done;
      }),
    );
}

async function examine(
  target: string,
  options: SessionOptions,
  settings: SessionSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Findings> {
  if (options.tls === true) {
    const prepared = await prepareTls(target, options, terminal);
    return examineTls(prepared, settings, signal).finally(prepared.way.close);
  }
  const prepared = await prepareSsh(target, options, terminal);
  return examineSsh(prepared, settings, signal).finally(prepared.close);
}

import { Command, Option } from "commander";
import { describeIdentity } from "netconf-kit";
import { openSession } from "../open-session.ts";
import { writeResult } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";

interface HelloOptions extends SessionOptions {
  readonly format: "text" | "json";
  readonly out?: string;
}

/** `netconf hello`: capabilities, session id and what SSH or TLS negotiated. */
export function helloCommand(): Command {
  return withSession(new Command("hello"))
    .description("show capabilities, session id and what SSH or TLS negotiated")
    .addOption(new Option("--format <format>", "how the result is written").choices(["text", "json"]).default("text"))
    .option("-o, --out <file>", "write the result to a file instead of standard output")
    .addHelpText("after", "\nExample:\n  netconf hello admin@192.0.2.1 -i ~/.ssh/id_ed25519")
    .action((target: string | undefined, options: HelloOptions) =>
      runCommand(options, async (terminal, signal) => {
        await using opened = await openSession(target, options, terminal, signal);
        const { session, channel } = opened;
        const facts: Facts = {
          session: { id: session.sessionId, version: session.version },
          peer: { identity: describeIdentity(channel.peer), user: channel.username },
          [channel.peer.kind === "x509-certificate" ? "tls" : "ssh"]: channel.security,
          capabilities: Array.from(session.capabilities, ({ uri }) => uri),
        };
        await writeResult(
          options.format === "json" ? `${JSON.stringify(facts, null, 2)}\n` : asText(facts),
          options,
          terminal,
        );
      }),
    );
}

type Facts = { readonly [name: string]: string | number | boolean | readonly string[] | Facts };

function asText(facts: Facts, indent = ""): string {
  let text = "";
  for (const [name, value] of Object.entries(facts)) {
    if (Array.isArray(value)) text += `${indent}${name}\n${value.map((each) => `${indent}  ${each}\n`).join("")}`;
    else if (typeof value === "object")
      text += `${indent}${name}\n${asText(value as Facts, `${indent}  `)}`; // an array was dealt with above
    else text += `${indent}${name}: ${value}\n`;
  }
  return text;
}

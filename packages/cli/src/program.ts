import { Command } from "commander";
import { applyCommand } from "./commands/apply.ts";
import { callHomeCommand } from "./commands/call-home.ts";
import { callHomeProxyCommand } from "./commands/call-home-proxy.ts";
import { consoleCommand } from "./commands/console.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { editConfigCommand } from "./commands/edit-config.ts";
import { getCommand, getConfigCommand } from "./commands/get.ts";
import { getSchemaCommand } from "./commands/get-schema.ts";
import { helloCommand } from "./commands/hello.ts";
import { listenCommand } from "./commands/listen.ts";
import { lockCommand } from "./commands/lock.ts";
import { operationCommands } from "./commands/operations.ts";
import { relayCommand } from "./commands/relay.ts";
import { rpcCommand } from "./commands/rpc.ts";
import { serveCommand } from "./commands/serve.ts";
import { shellCommand } from "./commands/shell.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { subscribeCommand } from "./commands/subscribe.ts";
import { version } from "./version.ts";

const EXAMPLES = `
Examples:
  netconf hello admin@192.0.2.1 -i ~/.ssh/id_ed25519
  netconf get-config admin@192.0.2.1 --format tree
  netconf apply admin@192.0.2.1 change.xml
  netconf hello r7 --agent --jump ops@bastion.example
  netconf doctor admin@192.0.2.1
  netconf listen --port 4334 --host-key SHA256:… -u admin -i ~/.ssh/id_ed25519
  netconf demo

Exit codes:
  0 done · 1 the device answered with rpc-error · 2 wrong usage or unreadable input · 3 not reachable, reset or timed out
  4 host key, certificate or login refused · 5 the peer broke the protocol · 70 a bug of this command`;

/** The whole command line. Errors of parsing are thrown as CommanderError, after their message. */
export function buildProgram(): Command {
  const program = new Command("netconf")
    .description("NETCONF client, Call Home manager and device")
    .version(version, "-V, --version")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(netconf --help shows every command)")
    .exitOverride();
  const commands = [
    helloCommand(),
    getCommand(),
    getConfigCommand(),
    editConfigCommand(),
    applyCommand(),
    lockCommand(),
    ...operationCommands(),
    getSchemaCommand(),
    rpcCommand(),
    subscribeCommand(),
    shellCommand(),
    doctorCommand(),
    listenCommand(),
    serveCommand(),
    callHomeCommand(),
    callHomeProxyCommand(),
    relayCommand(),
    consoleCommand(),
    simulateCommand(),
    demoCommand(),
  ];
  for (const command of commands) program.addCommand(command.exitOverride());
  return program;
}

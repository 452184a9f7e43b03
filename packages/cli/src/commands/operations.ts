import { Command } from "commander";
import {
  cancelCommit,
  commit,
  copyConfig,
  deleteConfig,
  discardChanges,
  expectOk,
  killSession,
  type Operation,
  unlock,
  validate,
  type WithDefaults,
} from "netconf-kit";
import { DATASTORES, datastoreOf, placeOf, sourceOf, targetAnd, withDefaultsMode } from "../content-options.ts";
import { UsageError } from "../exit-codes.ts";
import { openSession } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { positive, type SessionOptions, withSession } from "../session-options.ts";

/** One operation that answers `<ok/>`, as a command. */
interface Simple<Options> {
  readonly name: string;
  readonly does: string;
  readonly example: string;
  readonly options?: (command: Command) => Command;
  readonly operation: (options: Options, argument: string | undefined) => Operation<void>;
}

interface OperationOptions {
  readonly source: string;
  readonly target: string;
  readonly withDefaults?: WithDefaults;
  readonly confirmed?: boolean;
  readonly confirmTimeout?: number;
  readonly persist?: string;
  readonly persistId?: string;
}

/** `copy-config`, `delete-config`, `validate`, `unlock`, `commit`, `cancel-commit`, `discard-changes`, `kill-session`. */
export function operationCommands(): readonly Command[] {
  return operations.map((each) =>
    (each.options ?? same)(withSession(new Command(each.name)))
      .description(each.does)
      .addHelpText("after", `\nExample:\n  netconf ${each.name} ${each.example}`)
      .action((first: string | undefined, ...rest: readonly unknown[]) => {
        // What commander passes: the arguments, then the options, then the command itself.
        const options = rest.at(-2) as SessionOptions & OperationOptions;
        const second = rest.length > 2 ? (rest[0] as string | undefined) : undefined;
        return runCommand(options, async (terminal, signal) => {
          const [device, argument] = rest.length > 2 ? targetAnd(options, first, second) : [first, undefined];
          const operation = each.operation(options, argument);
          await using opened = await openSession(device, options, terminal, signal);
          expectOk(await opened.session.rpc(operation, { signal }));
          terminal.err("ok");
        });
      }),
  );
}

const same = (command: Command): Command => command;

const operations: readonly Simple<OperationOptions>[] = [
  {
    name: "copy-config",
    does: "replace a whole datastore or file by another (RFC 6241 §7.3)",
    example: "admin@192.0.2.1 --source running --target startup",
    options: (command) =>
      withDefaultsMode(command)
        .requiredOption("--source <datastore|URL|@FILE>", "running, candidate, startup, a URL, or @ and a file")
        .requiredOption("--target <datastore|URL>", "running, candidate, startup, or a URL"),
    operation: ({ source, target, withDefaults }) =>
      copyConfig(placeOf(target, DATASTORES), sourceOf(source), withDefaults === undefined ? {} : { withDefaults }),
  },
  {
    name: "delete-config",
    does: "delete the startup datastore or a file (RFC 6241 §7.4)",
    example: "admin@192.0.2.1 --target startup",
    options: (command) => command.requiredOption("--target <startup|URL>", "startup, or a URL"),
    operation: ({ target }) => deleteConfig(placeOf(target, ["startup"])),
  },
  {
    name: "validate",
    does: "check a whole configuration without using it (RFC 6241 §8.6.4.1)",
    example: "admin@192.0.2.1 --source candidate",
    options: (command) =>
      command.option(
        "--source <datastore|URL|@FILE>",
        "running, candidate, startup, a URL, or @ and a file",
        "candidate",
      ),
    operation: ({ source }) => validate(sourceOf(source)),
  },
  {
    name: "unlock",
    does: "release a lock (RFC 6241 §7.6); one that another session holds is refused, and a lock ends with its session",
    example: "admin@192.0.2.1 --target candidate",
    options: (command) => command.option("--target <datastore>", "running, candidate or startup", "running"),
    operation: ({ target }) => unlock(datastoreOf(target, DATASTORES)),
  },
  {
    name: "commit",
    does: "make candidate the running configuration (RFC 6241 §8.3.4.1)",
    example: "admin@192.0.2.1 --confirmed --confirm-timeout 120 --persist change-4711",
    options: (command) =>
      command
        .option("--confirmed", "undo it unless a second commit confirms it in time; needs --persist")
        .option("--confirm-timeout <seconds>", "time for the confirming commit (device's default: 600)", positive)
        .option("--persist <id>", "let the confirmed commit outlive this session, under this name")
        .option("--persist-id <id>", "confirm the commit made with --persist and this name"),
    operation: commitOf,
  },
  {
    name: "cancel-commit",
    does: "undo a confirmed commit now (RFC 6241 §8.4.4.1)",
    example: "admin@192.0.2.1 --persist-id change-4711",
    options: (command) => command.option("--persist-id <id>", "the commit made with --persist and this name"),
    operation: ({ persistId }) => cancelCommit(persistId === undefined ? {} : { persistId }),
  },
  {
    name: "discard-changes",
    does: "make candidate like running again (RFC 6241 §8.3.4.2)",
    example: "admin@192.0.2.1",
    operation: () => discardChanges(),
  },
  {
    name: "kill-session",
    does: "end another session by force (RFC 6241 §7.9)",
    example: "admin@192.0.2.1 17",
    options: (command) => command.argument("[session-id]", "number of the session"),
    operation: (_options, id) => {
      if (id === undefined) throw new UsageError("there is no session-id", { hint: "write it after the target" });
      if (!/^\d+$/.test(id)) throw new UsageError(`"${id}" is not a session-id`);
      return killSession(Number(id));
    },
  },
];

/** A confirmed commit without `persist` ends with its session, which is this command: it would be undone at once. */
function commitOf({ confirmed, confirmTimeout, persist, persistId }: OperationOptions): Operation<void> {
  if ((confirmed === true || confirmTimeout !== undefined) && persist === undefined && persistId === undefined) {
    throw new UsageError("a confirmed commit would be undone with the end of this command", {
      hint: "add --persist ID, and confirm it later with: netconf commit --persist-id ID",
    });
  }
  return commit({
    ...(confirmed !== undefined && { confirmed }),
    ...(confirmTimeout !== undefined && { confirmTimeout }),
    ...(persist !== undefined && { persist }),
    ...(persistId !== undefined && { persistId }),
  });
}

import { setTimeout } from "node:timers/promises";
import { Command, Option } from "commander";
import { expectOk, lock, NetconfError, unlock } from "netconf-kit";
import { DATASTORES, datastoreOf } from "../content-options.ts";
import { openSession } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { positive, type SessionOptions, withSession } from "../session-options.ts";
import { untilAborted } from "../until-aborted.ts";

interface LockOptions extends SessionOptions {
  readonly target: string;
  readonly hold?: number;
}

/** `netconf lock`: RFC 6241 §7.5. A lock ends with its session, so it is held here. */
export function lockCommand(): Command {
  return withSession(new Command("lock"))
    .description("lock a datastore and hold the lock, until Ctrl-C or for some time (RFC 6241 §7.5)")
    .option("--target <datastore>", "running, candidate or startup", "running")
    .addOption(new Option("--hold <seconds>", "then unlock and end (default: at Ctrl-C)").argParser(positive))
    .addHelpText("after", "\nExample:\n  netconf lock admin@192.0.2.1 --target candidate --hold 60")
    .action((target: string | undefined, options: LockOptions) =>
      runCommand(options, async (terminal, signal) => {
        const datastore = datastoreOf(options.target, DATASTORES);
        await using opened = await openSession(target, options, terminal, signal);
        const { session } = opened;
        expectOk(await session.rpc(lock(datastore), { signal }));
        terminal.err(`${datastore} is locked by session ${session.sessionId}`);
        const ended = new AbortController();
        const held = options.hold === undefined ? [] : [setTimeout(options.hold * 1000, undefined, ended)];
        const lost = session.closed.then((reason) => {
          if (reason.by === "error") throw reason.error;
          throw new NetconfError("session-closed", "the device ended the session, and the lock with it");
        });
        try {
          await Promise.race([untilAborted(signal), lost, ...held]);
        } finally {
          ended.abort();
          for (const each of [lost, ...held]) each.catch(() => {});
        }
        expectOk(await session.rpc(unlock(datastore)));
        terminal.err("unlocked");
      }),
    );
}

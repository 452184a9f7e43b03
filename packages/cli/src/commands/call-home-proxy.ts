import { dialTcp } from "@netconf-kit/node-adapter";
import { Command } from "commander";
import { callHomeAddress, DeviceCalls, type ServedConnection } from "netconf-kit";
import { type CallOptions, callHomeConfigOf, withCalls } from "../call-options.ts";
import { UsageError } from "../exit-codes.ts";
import { followCalls } from "../follow-calls.ts";
import { type CalledTcp, callTcp } from "../proxy/called-tcp.ts";
import { execOnSocket } from "../proxy/exec-on-socket.ts";
import { relayTo } from "../proxy/relay-to.ts";
import { splitWords } from "../proxy/split-words.ts";
import { runCommand } from "../run-command.ts";
import { withReporting } from "../session-options.ts";
import { parseTarget } from "../target.ts";

interface ProxyOptions extends CallOptions {
  readonly to?: string;
  readonly exec?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** `netconf call-home-proxy`: makes any SSH or TLS server call home (RFC 8071), such as the sshd of a device. */
export function callHomeProxyCommand(): Command {
  return withReporting(withCalls(new Command("call-home-proxy")))
    .description("call managers for an SSH or TLS server that cannot do it itself, until Ctrl-C")
    .option("--to <host:port>", "connect each call to this server")
    .option("--exec <command>", "run this program on each call, with the connection as its input and output; no shell")
    .option("--tls", "the server speaks TLS: the managers' port is 4335 unless given")
    .addHelpText(
      "after",
      `
Example:
  netconf call-home-proxy manager.example --exec '/usr/sbin/sshd -i -f /etc/ssh/sshd_netconf'
  netconf call-home-proxy manager.example --to localhost:830

With --exec the program gets the connection itself, as from inetd: sshd sees the manager's address.
The signal USR2 shows whom it is connected to, the last error of each endpoint, and when it calls next.`,
    )
    .action((managers: readonly string[], options: ProxyOptions) =>
      runCommand(options, async (terminal, signal): Promise<undefined> => {
        const config = callHomeConfigOf(managers, options);
        const serve = serverOf(options);
        const misused = new AbortController();
        await followCalls(
          (onEvent) =>
            new DeviceCalls<CalledTcp>(config, {
              dialTo: (endpoint) => (context) => callTcp(callHomeAddress(endpoint), context),
              serve,
              random: Math.random,
              wallClock: Date.now,
              onEvent,
            }),
          {
            several: config.managers.length > 1,
            // A program that cannot be run will not be there at the next try either.
            onEvent: (event) =>
              event.kind === "failed" && event.error instanceof UsageError && misused.abort(event.error),
          },
          terminal,
          AbortSignal.any([signal, misused.signal]),
        );
        misused.signal.throwIfAborted();
        return undefined;
      }),
    );
}

type Serve = (called: CalledTcp, context: { readonly signal: AbortSignal }) => Promise<ServedConnection>;

function serverOf({ to, exec }: ProxyOptions): Serve {
  if (to !== undefined && exec === undefined) {
    const { user, host, port } = parseTarget(to, undefined);
    if (user !== undefined || port === undefined)
      throw new UsageError(`"${to}" is not where a server listens`, { hint: "write --to HOST:PORT" });
    const dial = dialTcp({ host, port });
    return (called, context) => relayTo(dial, called, context);
  }
  if (exec !== undefined && to === undefined) {
    const words = splitWords(exec);
    return (called) => execOnSocket(words, called);
  }
  throw new UsageError("nothing says which server is to be called for", {
    hint: "name it with --to HOST:PORT, or run it with --exec COMMAND",
  });
}

import { Command, Option } from "commander";
import { createSubscription, expectOk, type Notification, serializeXml } from "netconf-kit";
import { type FilterOptions, filterOf, withFilter } from "../content-options.ts";
import { openSession } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { positive, type SessionOptions, withSession } from "../session-options.ts";

interface SubscribeOptions extends SessionOptions, FilterOptions {
  readonly stream?: string;
  readonly start?: string;
  readonly stop?: string;
  readonly count?: number;
  readonly format: "line" | "xml";
}

/** `netconf subscribe`: notifications until Ctrl-C, RFC 5277. */
export function subscribeCommand(): Command {
  return withFilter(withSession(new Command("subscribe")))
    .description("print notifications as they come, until Ctrl-C")
    .option("--stream <name>", "event stream; the device's default is NETCONF")
    .option("--start <time>", "replay from this time, RFC 3339")
    .option("--stop <time>", "end at this time, RFC 3339")
    .addOption(new Option("--count <number>", "end after so many notifications").argParser(positive))
    .addOption(
      new Option("--format <format>", "one line each, or indented XML").choices(["line", "xml"]).default("line"),
    )
    .addHelpText("after", "\nExample:\n  netconf subscribe admin@192.0.2.1 --stream NETCONF --count 10")
    .action((target: string | undefined, options: SubscribeOptions) =>
      runCommand(options, async (terminal, signal) => {
        const filter = filterOf(options);
        await using opened = await openSession(target, options, terminal, signal);
        const { session } = opened;
        const notifications = session.notifications();
        const operation = createSubscription({
          ...(options.stream === undefined ? {} : { stream: options.stream }),
          ...(filter === undefined ? {} : { filter }),
          ...(options.start === undefined ? {} : { startTime: options.start }),
          ...(options.stop === undefined ? {} : { stopTime: options.stop }),
        });
        expectOk(await session.rpc(operation, { signal }));
        terminal.err("subscribed");
        let seen = 0;
        signal.addEventListener("abort", () => void session.close(), { once: true });
        for await (const notification of notifications) {
          await terminal.out(`${format(notification, options.format)}\n`);
          seen++;
          if (seen === options.count || notification.kind === "notification-complete") break;
        }
      }),
    );
}

function format(notification: Notification, how: "line" | "xml"): string {
  const indent = how === "xml" ? { indent: 2 } : {};
  const content = notification.content.map((each) => serializeXml(each, indent));
  const time = notification.eventTime ?? "-";
  return how === "xml" ? [`<!-- ${time} -->`, ...content].join("\n") : [time, ...content].join(" ");
}

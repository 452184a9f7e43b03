import { Command } from "commander";
import type { CallHomeEvent } from "netconf-kit";
import { describeCallHomeEvent } from "../describe-event.ts";
import { UsageError } from "../exit-codes.ts";
import { sshSettings } from "../host-settings.ts";
import { answerRequest, type ControlRequest, type ListenStatus, requestsOf } from "../listen/control-requests.ts";
import { askControl, serveControl } from "../listen/control-socket.ts";
import { describeStatus } from "../listen/describe-status.ts";
import { checkAgainstConfig, type ListenOptions, withListen } from "../listen/listen-options.ts";
import type { LoadPlan } from "../listen/plan.ts";
import { planFromFile } from "../listen/plan-from-file.ts";
import { planFromOptions } from "../listen/plan-from-options.ts";
import { RunningListener } from "../listen/running-listener.ts";
import { StateFile } from "../listen/state-file.ts";
import { contentOf, type WatchedFile, watchFile } from "../listen/watch-file.ts";
import { oneLine } from "../report-error.ts";
import { runCommand } from "../run-command.ts";
import type { Terminal } from "../terminal.ts";
import { untilAborted } from "../until-aborted.ts";

/** `netconf listen`: a Call Home manager for many devices (RFC 8071). */
export function listenCommand(): Command {
  return withListen(new Command("listen"))
    .description("be a Call Home manager: accept every known device that calls and report what happens, until Ctrl-C")
    .addHelpText(
      "after",
      `
Example:
  netconf listen --host-key SHA256:… -u admin -i ~/.ssh/id_ed25519
  netconf listen --tls --cert manager.pem --key manager.key --pin SHA256:… --host-key SHA256:… -u admin
  netconf listen --config listen.json --state /var/lib/netconf
  netconf listen --state /var/lib/netconf --approve SHA256:… --name router-7 --status

One event a line on standard output; with --json one JSON object a line. SSH listens unless --tls is there and nothing of SSH.`,
    )
    .action((options: ListenOptions) =>
      runCommand(options, async (terminal, signal): Promise<undefined> => {
        const requests = requestsOf(options);
        if (requests.length > 0) await ask(requests, options, terminal);
        else await listen(options, terminal, signal);
        return undefined;
      }),
    );
}

async function ask(requests: readonly ControlRequest[], options: ListenOptions, terminal: Terminal): Promise<void> {
  const { state, json } = options;
  if (state === undefined)
    throw new UsageError("a running listener is found by its state folder", { hint: "name it with --state" });
  for (const request of requests) {
    const answer = await askControl(state, request);
    // Whoever answers is this command, with this folder for its own.
    if (request.do !== "status") terminal.err(String(answer));
    else if (json === true) await terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
    else await terminal.out(describeStatus(answer as ListenStatus));
  }
}

async function listen(options: ListenOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  checkAgainstConfig(options);
  const { config, state: folder } = options;
  const load: LoadPlan = () =>
    config === undefined ? planFromOptions(options, terminal) : planFromFile(config, options, terminal);
  const state = folder === undefined ? undefined : await StateFile.open(folder);
  const content = config === undefined ? undefined : contentOf(config);
  let running: RunningListener | undefined;
  // Before all else: it says that the folder is ours.
  const control =
    state === undefined ? undefined : await serveControl(state.folder, (it) => answerRequest(it, running));
  try {
    running = await RunningListener.start({
      load,
      ssh: sshSettings(options),
      state,
      onEvent: (event) =>
        void terminal.out(`${options.json === true ? asJson(event) : describeCallHomeEvent(event)}\n`),
      say: (line) => terminal.err(line),
    });
    for (const { transport, local } of running.listeners) terminal.err(`listening at ${local} for ${transport}`);
    if (running.holdsUnknown && state === undefined)
      terminal.err("unknown devices are held, but nobody can approve them: that needs --state");
    if (config === undefined) await untilAborted(signal);
    else await reloadUntil(signal, running, { path: config, content }, terminal);
  } finally {
    await running?.close();
    await control?.close();
  }
}

/** SIGHUP and a change of the configuration load everything anew. */
async function reloadUntil(
  signal: AbortSignal,
  running: RunningListener,
  config: Pick<WatchedFile, "path" | "content">,
  terminal: Terminal,
): Promise<void> {
  const reload = (): void => {
    running.reload().then(
      (lines) => {
        terminal.err("configuration loaded");
        for (const line of lines) terminal.err(line);
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        terminal.err(`the configuration stays as it was: ${oneLine(reason)}`);
      },
    );
  };
  process.on("SIGHUP", reload);
  const unwatch = watchFile({
    ...config,
    onChange: reload,
    onError: ({ message }) => terminal.err(`the configuration is loaded anew on SIGHUP only: ${message}`),
  });
  try {
    await untilAborted(signal);
  } finally {
    process.off("SIGHUP", reload);
    unwatch();
  }
}

function asJson(event: CallHomeEvent): string {
  return JSON.stringify({ time: new Date().toISOString(), ...event }, (_key, value: unknown) =>
    value instanceof Error ? { message: value.message, ...("code" in value && { code: value.code }) } : value,
  );
}

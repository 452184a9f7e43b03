import { Command } from "commander";
import { startDemoDevice } from "../demo/demo-device.ts";
import { DEVICE_PROCESS, runDeviceProcess, spawnDemoDevice } from "../demo/device-process.ts";
import { runDemo } from "../demo/run-demo.ts";
import { exitCodes } from "../exit-codes.ts";
import { runCommand } from "../run-command.ts";
import { withReporting } from "../session-options.ts";

interface DemoOptions {
  readonly processes?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** `netconf demo`: the whole road, from the call to the kept configuration. */
export function demoCommand(): Command {
  return withReporting(new Command("demo"))
    .description("show the whole road: a device calls home and a manager manages it, over TCP on loopback")
    .option("--processes", "run the device in a process of its own")
    .addHelpText("after", "\nExample:\n  netconf demo --processes")
    .action(async (options: DemoOptions) => {
      const device = process.env[DEVICE_PROCESS];
      if (device !== undefined) return runDeviceProcess(device);
      const startDevice = options.processes === true ? spawnDemoDevice : startDemoDevice;
      return runCommand(options, async (terminal, signal) => {
        await runDemo({ terminal, signal, startDevice });
        return exitCodes.done;
      });
    });
}

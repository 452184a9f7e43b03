import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type DemoDevice, type DemoDeviceOptions, startDemoDevice } from "./demo-device.ts";
import type { Layer } from "./timeline.ts";

/** What the device's process tells: one JSON object a line on its standard output. */
type Report =
  | { readonly is: "ready"; readonly fingerprint: string }
  | { readonly is: "said"; readonly layer: Layer; readonly text: string };

/** The environment variable that turns the command into the demo's device. */
export const DEVICE_PROCESS = "NETCONF_DEMO_DEVICE";

/** Starts the device in a process of its own, with the same control over it as in ours. */
export async function spawnDemoDevice(options: DemoDeviceOptions): Promise<DemoDevice> {
  const { state, authorizedKey } = options;
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "demo"], {
    env: { ...process.env, [DEVICE_PROCESS]: JSON.stringify({ state, authorizedKey }) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const fingerprint = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the device's process ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const report: Report = JSON.parse(line);
      if (report.is === "ready") resolve(report.fingerprint);
      else options.say(report.layer, report.text);
    });
  });
  return {
    fingerprint,
    callHome: (port) => void child.stdin.write(`${port}\n`),
    stop: () => endProcess(child),
  };
}

/** The device's process: takes the manager's port from its standard input, and ends with that. */
export async function runDeviceProcess(settings: string): Promise<void> {
  const { state, authorizedKey }: { readonly state: string; readonly authorizedKey: string } = JSON.parse(settings);
  const tell = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`);
  const device = await startDemoDevice({
    state,
    authorizedKey,
    say: (layer, text) => tell({ is: "said", layer, text }),
  });
  tell({ is: "ready", fingerprint: device.fingerprint });
  for await (const line of createInterface({ input: process.stdin })) device.callHome(Number(line));
  await device.stop();
}

function endProcess(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const kill = setTimeout(() => child.kill("SIGKILL"), 2000);
    child.once("exit", () => {
      clearTimeout(kill);
      resolve();
    });
    child.stdin?.end();
  });
}

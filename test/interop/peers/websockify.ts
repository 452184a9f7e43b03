import { freePort, startProcess, waitForListener } from "./process.ts";

/** A machine that is busy takes its time to start Python. */
const START_MILLISECONDS = 60_000;

export interface Websockify {
  /** `ws://127.0.0.1:6080`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** websockify as it comes, in front of one port of 127.0.0.1. It serves the files of `folder` at the same address. */
export async function startWebsockify(targetPort: number, folder: string): Promise<Websockify> {
  const port = await freePort();
  const child = startProcess("websockify", ["--web", folder, `127.0.0.1:${port}`, `127.0.0.1:${targetPort}`]);
  try {
    await waitForListener(port, START_MILLISECONDS, child);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { url: `ws://127.0.0.1:${port}`, stop: child.stop };
}

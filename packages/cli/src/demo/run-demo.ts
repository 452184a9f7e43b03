import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTcp, type TcpListener } from "@netconf-kit/node-adapter";
import {
  type CallHomeEvent,
  type CallHomeManager,
  formatPublicKey,
  generateKey,
  listenCallHome,
  type PrivateKey,
} from "netconf-kit";
import { cryptoProvider } from "../crypto.ts";
import { CALL_HOME_SSH_PORT } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { timeLimit } from "../time-limit.ts";
import type { DemoDevice, DemoDeviceOptions } from "./demo-device.ts";
import { findKeptChange, manageDevice } from "./manage-device.ts";
import { type Timeline, timeline } from "./timeline.ts";

export interface DemoOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly startDevice: (options: DemoDeviceOptions) => Promise<DemoDevice>;
}

const TIME_LIMIT = 30_000;

/** Runs the demo; rejects when any step does not turn out as told. */
export async function runDemo({ terminal, signal, startDevice }: DemoOptions): Promise<void> {
  const tell = timeline(terminal, () => performance.now());
  const state = await mkdtemp(join(tmpdir(), "netconf-demo-"));
  const userKey = generateKey("ssh-ed25519", (length) => new Uint8Array(randomBytes(length)));
  let device: DemoDevice | undefined;
  let manager: CallHomeManager<unknown> | undefined;
  using limit = timeLimit(signal, TIME_LIMIT, "the demo has taken too long");
  try {
    tell.chapter("A device and its manager start");
    device = await startDevice({
      state,
      authorizedKey: formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "manager" }),
      say: (layer, text) => tell.say("device", layer, text),
    });
    const listener = await listenSomewhere();
    tell.say("manager", "TCP", `listens for Call Home at ${listener.local}`);
    tell.say("manager", "process", `expects one device: barn-router, ${device.fingerprint}`);
    manager = listenForDevice(listener, device.fingerprint, userKey, tell);
    device.callHome(listener.port);
    await throughBothCalls(manager, tell, limit.signal);
    await device.stop();
    tell.chapter("Done: the device called twice, and what was confirmed was kept");
  } finally {
    await manager?.close({ sessions: true });
    await device?.stop();
    await rm(state, { recursive: true, force: true });
  }
}

async function throughBothCalls(manager: CallHomeManager<unknown>, tell: Timeline, signal: AbortSignal): Promise<void> {
  const sessions = manager.sessions[Symbol.asyncIterator]();
  const next = async () => {
    const result = await Promise.race([sessions.next(), aborted(signal)]);
    if (result.done === true) throw new Error("the manager ended before the device called");
    return result.value;
  };
  tell.chapter("The device calls home");
  await manageDevice(await next(), tell);
  tell.chapter("The device calls back");
  await findKeptChange(await next(), tell);
}

function listenForDevice(
  listener: TcpListener,
  fingerprint: string,
  key: PrivateKey,
  tell: Timeline,
): CallHomeManager<unknown> {
  return listenCallHome({
    listeners: listener,
    ssh: { provider: cryptoProvider },
    devices: [
      {
        name: "barn-router",
        fingerprints: [fingerprint],
        credentials: { username: "manager", authentication: [{ method: "publickey", key }] },
      },
    ],
    onEvent: (event) => tellCallHome(event, tell),
  });
}

function tellCallHome(event: CallHomeEvent, tell: Timeline): void {
  switch (event.kind) {
    case "connected":
      tell.say("manager", "TCP", `accepts ${event.remote}, starts SSH as client on it`);
      return;
    case "identified":
      tell.say("manager", "SSH", `the host key says: this is ${event.device}; logged in with a key`);
      return;
    case "rejected":
      tell.say("manager", "SSH", `refuses ${event.remote}: ${event.error.message}`);
      return;
    case "closed":
      tell.say("manager", "NETCONF", "session closed");
      return;
    case "listener-failed":
      tell.say("manager", "TCP", `listening failed: ${event.error.message}`);
      return;
    default:
    // The story goes on with the session itself.
  }
}

/** Port 4334 as IANA has it, or a free one when that is taken. */
async function listenSomewhere(): Promise<TcpListener> {
  try {
    return await listenTcp({ port: CALL_HOME_SSH_PORT });
  } catch {
    return listenTcp();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

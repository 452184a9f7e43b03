import { device, key, MemoryListener, until } from "../../../core/test/support/call-home.ts";
import type { DeviceTransport } from "../../src/device-transport.ts";
import {
  DeviceManager,
  type DeviceManagerEvent,
  type DeviceManagerOptions,
  type LearnedDevice,
  type LearnedDeviceStore,
} from "../../src/mod.ts";

export { device, MemoryListener, turn, until } from "../../../core/test/support/call-home.ts";

/** Stands for SSH or TLS: the device's first line is its key, and which credentials it takes is for the test to say. */
export class FakeTransport implements DeviceTransport<string> {
  readonly name: "ssh" | "tls";
  readonly needsCredentials: boolean;
  /** `SHA256:a c1`: who was sent which credentials. */
  readonly logins: string[] = [];
  /** Of those, which are refused. */
  readonly refused = new Set<string>();
  /** Logins wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** Channels that were closed, with the reason's text. */
  readonly closed: (string | undefined)[] = [];
  /** What the device proves to hold after the login. */
  proved: readonly string[] | undefined;

  constructor(name: "ssh" | "tls" = "ssh") {
    this.name = name;
    this.needsCredentials = name === "ssh";
  }

  readonly refusedLogin = (error: Error): boolean => error.message === "login refused";

  readonly secure: DeviceTransport<string>["secure"] = async (socket, { identify, onKeys }) => {
    const line = new TextDecoder().decode(await socket.read());
    if (!line.startsWith("key ")) throw new Error(`no key but ${JSON.stringify(line)}`);
    const peer = key(line.slice(4));
    const { credentials } = await identify({ identity: peer });
    const login = `SHA256:${line.slice(4)} ${credentials}`;
    this.logins.push(login);
    await this.gate;
    if (this.refused.has(login)) throw new Error("login refused");
    if (this.proved !== undefined) onKeys?.(this.proved);
    const close = (reason?: Error): Promise<void> => {
      this.closed.push(reason?.message);
      return socket.close(reason);
    };
    return { socket, username: "admin", peer, security: {}, close };
  };
}

/** A store in memory, which can fail. */
export class MemoryStore implements LearnedDeviceStore<string> {
  readonly saved = new Map<string, LearnedDevice<string>>();
  failure: Error | undefined;

  readonly save = async (learned: LearnedDevice<string>): Promise<void> => {
    if (this.failure !== undefined) throw this.failure;
    this.saved.set(learned.name, learned);
  };

  readonly remove = async (name: string): Promise<void> => {
    if (this.failure !== undefined) throw this.failure;
    this.saved.delete(name);
  };
}

/** A manager with one listener, and what the tests look at. */
export function manage(options: Partial<DeviceManagerOptions<string>> = {}) {
  const events: DeviceManagerEvent[] = [];
  const listener = new MemoryListener();
  const transport = new FakeTransport();
  const manager = new DeviceManager<string>({
    listeners: [{ listener, transport }],
    onSession: () => {},
    ...options,
    onEvent: (event) => events.push(event),
  });
  const outcomes = () => events.filter(({ kind }) => kind === "ready" || kind === "rejected").map(outcome);
  /** A device calls; resolves with what came of it. */
  const call = async (name: string, remote?: string, at = listener): Promise<string> => {
    const before = outcomes().length;
    device(at, name, before + 1, remote).catch(() => {});
    await until(() => outcomes().length > before);
    return outcomes()[before] ?? "";
  };
  return { manager, listener, transport, events, outcomes, call };
}

function outcome(event: DeviceManagerEvent): string {
  if (event.kind === "ready") return `ready ${event.device}`;
  return event.kind === "rejected" ? event.reason : event.kind;
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  type CallHomeEvent,
  type CallHomeSession,
  callHome,
  commit,
  createNetconfServer,
  editConfig,
  expectOk,
  formatPrivateKey,
  formatPublicKey,
  getConfig,
  listenCallHome,
  lock,
  type NetconfServer,
  parseAuthorizedKeys,
  parseXml,
  serializeXml,
} from "netconf-kit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { fingerprintOf, hostnameIn, newKey } from "./fault-lab.ts";
import { type Running, startNetconf } from "./run-netconf.ts";

/*
 * Processes that are killed with SIGKILL: the device, and then the manager, at every step of a session. The command is the other
 * process; the one that is looked at is this one.
 */

const folder = mkdtempSync(join(tmpdir(), "netconf-faults-"));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const hostKey = newKey();
const userKey = newKey();
const userLine = `${formatPublicKey({ ...userKey, comment: "" })}\n`;
const hostKeyFile = file("host_key", formatPrivateKey(hostKey));
const userKeyFile = file("user_key", formatPrivateKey(userKey));
const authorizedKeys = file("authorized_keys", userLine);
const systemText = (name: string): string =>
  `<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>${name}</hostname></system>`;
const data = file("data.xml", systemText("first"));
const change = file("change.xml", systemText("second"));

const rows: string[] = [];
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  console.log(["", ...rows, ""].join("\n"));
});

/** What keeps this process busy: sockets, and what listens. */
const sockets = (): readonly string[] => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
const credentials = { username: "ops", authentication: [{ method: "publickey", key: userKey }] } as const;
const known = [{ name: "router", fingerprints: [fingerprintOf(hostKey)], credentials }];
const hostname = async ({ session }: CallHomeSession<unknown>): Promise<string> =>
  hostnameIn(serializeXml(expectOk(await session.rpc(getConfig("running")))));

function kill({ child, finished }: Running): Promise<unknown> {
  child.kill("SIGKILL");
  return finished;
}

/** A manager in this process that tells of the sessions it gets. */
class Manager {
  readonly #sessions: CallHomeSession<unknown>[] = [];
  readonly #manager: ReturnType<typeof listenCallHome>;
  #watch: (event: CallHomeEvent) => void = () => {};

  constructor(listener: Parameters<typeof listenCallHome>[0]["listeners"]) {
    this.#manager = listenCallHome({
      listeners: listener,
      devices: known,
      onSession: (opened) => void this.#sessions.push(opened),
      onEvent: (event) => this.#watch(event),
    });
  }

  /** Resolves when something of this kind happens. */
  next(kind: CallHomeEvent["kind"]): Promise<CallHomeEvent> {
    return new Promise((resolve) => {
      this.#watch = (event) => event.kind === kind && resolve(event);
    });
  }

  async session(): Promise<CallHomeSession<unknown>> {
    await expect.poll(() => this.#sessions.length, { timeout: 15_000 }).toBeGreaterThan(0);
    const session = this.#sessions.shift();
    if (session === undefined) throw new Error("cannot happen: one was there");
    return session;
  }

  /** What the first session says that lives: one may have opened just before its device died. */
  async answer<Value>(ask: (session: CallHomeSession<unknown>) => Promise<Value>): Promise<Value> {
    for (;;) {
      const session = await this.session();
      const answer = await ask(session).then(
        (value) => ({ value }),
        () => undefined,
      );
      if (answer !== undefined) return answer.value;
    }
  }

  close(): Promise<void> {
    return this.#manager.close({ sessions: true });
  }
}

describe("a device that is killed (SIGKILL): it is back when it is started again, with all that it had acknowledged", () => {
  const steps: readonly (readonly [string, (manager: Manager, device: Running) => Promise<string | undefined>])[] = [
    ["connected", (manager, device) => at(manager, device, "connected")],
    ["its key is recognized", (manager, device) => at(manager, device, "recognized")],
    ["identified", (manager, device) => at(manager, device, "identified")],
    ["ready", (manager, device) => at(manager, device, "ready")],
    ["an edit is under way", (manager, device) => inWork(manager, device, "edit")],
    ["a commit is under way", (manager, device) => inWork(manager, device, "commit")],
    ["a commit is acknowledged", (manager, device) => inWork(manager, device, "acknowledged")],
  ];
  it.each(steps)("when %s", async (step, killThere) => {
    const before = sockets();
    const listener = await listenTcp();
    const manager = new Manager(listener);
    const state = join(folder, `state-${step.replaceAll(" ", "-")}`);
    const start = (): Running => startDevice(listener.port, state);
    const acknowledged = await killThere(manager, start());
    const began = performance.now();
    const again = start();
    stops.push(() => kill(again));
    const found = await manager.answer(hostname);
    const elapsed = performance.now() - began;
    if (acknowledged !== undefined) expect(found).toBe(acknowledged);
    else expect(["first", "second"]).toContain(found);
    await manager.close();
    await kill(again);
    await expect.poll(sockets).toEqual(before);
    rows.push(`  device killed when ${step.padEnd(38)}  back ${elapsed.toFixed(0).padStart(5)} ms after its start`);
  });

  async function at(manager: Manager, device: Running, kind: CallHomeEvent["kind"]): Promise<"first"> {
    await manager.next(kind);
    await kill(device);
    return "first";
  }

  async function inWork(
    manager: Manager,
    device: Running,
    until: "edit" | "commit" | "acknowledged",
  ): Promise<string | undefined> {
    const { session } = await manager.session();
    expectOk(await session.rpc(lock("candidate")));
    const editing = session.rpc(editConfig("candidate", parseXml(systemText("second"))));
    if (until === "edit") {
      await Promise.all([kill(device), editing.catch(() => {})]);
      return "first";
    }
    expectOk(await editing);
    const committing = session.rpc(commit());
    if (until === "acknowledged") expectOk(await committing);
    await Promise.all([kill(device), committing.catch(() => {})]);
    // A reply that was under way may have arrived or not: either is right, and only what arrived binds.
    const reply = await committing.catch(() => undefined);
    return reply?.ok === true ? "second" : undefined;
  }

  function startDevice(port: number, state: string): Running {
    const device = startNetconf([
      ...["call-home", `127.0.0.1:${port}`, "--authorized-keys", authorizedKeys, "--host-key", hostKeyFile],
      ...["--data", data, "--state", state],
    ]);
    stops.push(() => kill(device));
    return device;
  }
});

describe("a manager that is killed (SIGKILL): the device calls the next one, and has what was committed and nothing else", () => {
  interface Watched {
    readonly step: string;
    /** Resolves when the device is there. */
    readonly reached: (device: WatchedDevice) => Promise<unknown>;
    readonly found: string;
    readonly command: "edit-config" | "apply";
  }
  const steps: readonly Watched[] = [
    { step: "connected", reached: (device) => device.at("connected"), found: "first", command: "edit-config" },
    { step: "logged in", reached: (device) => device.at("authenticated"), found: "first", command: "edit-config" },
    { step: "in session", reached: (device) => device.at("session-started"), found: "first", command: "edit-config" },
    {
      step: "its edit is being stored",
      reached: (device) => device.at("storing"),
      found: "second",
      command: "edit-config",
    },
    { step: "its commit is on trial", reached: (device) => device.at("on trial"), found: "first", command: "apply" },
  ];
  it.each(steps)("when $step", async ({ step, reached, found, command }) => {
    const before = sockets();
    const free = await listenTcp();
    const { port } = free;
    await free.close();
    const device = await WatchedDevice.start(port);
    stops.push(() => device.stop());
    const manager = startNetconf([
      ...[command, "--call-home", `127.0.0.1:${port}`, "-u", "ops", "-i", userKeyFile],
      ...["--host-key", fingerprintOf(hostKey), ...(command === "apply" ? ["--yes"] : []), change],
    ]);
    stops.push(() => kill(manager));
    const watched = reached(device);
    await Promise.race([watched, manager.finished.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
    await kill(manager);
    device.goOn();
    const began = performance.now();
    const next = new Manager(await listenTcp({ port }));
    stops.push(() => next.close());
    expect(await next.answer(hostname)).toBe(found);
    rows.push(
      `  manager killed when ${step.padEnd(37)}  next one had the device after ${(performance.now() - began).toFixed(0)} ms`,
    );
    // One session and no more: what the dead manager had is gone, its locks included.
    expect(device.server.sessions).toHaveLength(1);
    await device.stop();
    await next.close();
    await expect.poll(sockets).toEqual(before);
  });

  class WatchedDevice {
    readonly server: NetconfServer;
    readonly stop: () => Promise<void>;
    /** Lets what was held up go on. */
    readonly goOn: () => void;
    readonly #steps: Map<string, () => void>;

    private constructor(
      server: NetconfServer,
      stop: () => Promise<void>,
      goOn: () => void,
      steps: Map<string, () => void>,
    ) {
      this.server = server;
      this.stop = stop;
      this.goOn = goOn;
      this.#steps = steps;
    }

    /** A device whose storage waits until it is told to go on. */
    static async start(port: number): Promise<WatchedDevice> {
      const steps = new Map<string, () => void>();
      let goOn = (): void => {};
      const gone = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const server = await createNetconfServer({
        initial: parseXml(`<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${systemText("first")}</config>`),
        storage: {
          load: async () => undefined,
          save: async () => {
            steps.get("storing")?.();
            await gone;
          },
        },
      });
      server.onChange(undefined, () => steps.get("on trial")?.());
      const device = callHome({
        server,
        hostKeys: [hostKey],
        authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(userLine) }),
        endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port }) }],
        policy: { retryInterval: 100, backoff: 1 },
        onServeEvent: (event) => steps.get(event.type)?.(),
      });
      const stop = async (): Promise<void> => {
        goOn();
        await device.stop();
        await server.close();
      };
      return new WatchedDevice(server, stop, goOn, steps);
    }

    at(step: string): Promise<void> {
      return new Promise((resolve) => this.#steps.set(step, resolve));
    }
  }
});

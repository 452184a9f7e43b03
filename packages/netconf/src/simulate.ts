import type { CallHomeDevice, CallHomeDeviceEvent, CallHomeDeviceOptions, CallHomeEndpoint } from "@netconf-kit/core";
import { createNetconfServer, type NetconfServer, type NetconfServerOptions } from "@netconf-kit/server";
import { type Clock, type Listener, systemClock } from "@netconf-kit/socket";
import { createRefusalTiming, fingerprintSha256, type PrivateKey } from "@netconf-kit/ssh";
import { callHome } from "./call-home.ts";
import { type ServeSshOptions, type Service, serve } from "./serve.ts";
import type { ServeEvent } from "./serve-session.ts";
import { simulatedHostKey } from "./simulated-host-key.ts";
import type { ServeTlsOptions } from "./tls-serve.ts";

/** Where the devices are met: they call their managers, or each listens at a place of its own. Devices count from 0. */
export type FleetPlace =
  | { readonly kind: "call-home"; readonly endpoints: (index: number) => readonly CallHomeEndpoint[] }
  | { readonly kind: "listen"; readonly listen: (index: number) => Promise<Listener> };

/** How many devices there are, whom they call or where they listen. */
export interface SimulateOptions {
  /** How many devices. */
  readonly count: number;
  /** What the host keys follow from, so that a fleet has the same ones at each start. It keeps nothing secret. */
  readonly seed: string;
  readonly place: FleetPlace;
  /** The SSH of every device but for its host key, or TLS. */
  readonly serving: Omit<ServeSshOptions, "server" | "hostKeys" | "signal"> | Pick<ServeTlsOptions, "tls">;
  /** What a device has in it. Default: nothing. */
  readonly configure?: (index: number) => NetconfServerOptions;
  /** Milliseconds between the starts of two devices. Default 5. */
  readonly stagger?: number;
  /** When devices call again, where they call. */
  readonly policy?: Omit<CallHomeDeviceOptions, "onEvent">;
  readonly onDeviceEvent?: (device: SimulatedDevice, event: CallHomeDeviceEvent) => void;
  readonly onServeEvent?: (device: SimulatedDevice, event: ServeEvent) => void;
  readonly clock?: Clock;
}

/** One device of a fleet. */
export interface SimulatedDevice {
  readonly index: number;
  /** `device-1` for the first one. */
  readonly name: string;
  /** Of its host key; nothing where it speaks TLS. */
  readonly fingerprint: string | undefined;
  readonly hostKey: PrivateKey | undefined;
  readonly server: NetconfServer;
  /** Where it calls. */
  readonly caller: CallHomeDevice | undefined;
  /** Where it listens. */
  readonly local: string | undefined;
}

/** Counts of a whole fleet. */
export interface FleetStatus {
  readonly count: number;
  /** Devices that have been started. */
  readonly started: number;
  /** Devices with an open session. */
  readonly ready: number;
  /** Attempts to reach a manager. */
  readonly calls: number;
  /** Attempts and connections that failed. */
  readonly failures: number;
  readonly lastError: Error | undefined;
}

/** Devices that run in one process. */
export interface Fleet extends AsyncDisposable {
  /** The devices that have been started. */
  readonly devices: readonly SimulatedDevice[];
  status(): FleetStatus;
  /** Resolves when every device has been started; rejects with what hindered one. */
  readonly started: Promise<void>;
  /** Ends every connection and starts nothing more. */
  stop(): Promise<void>;
}

/**
 * Starts a fleet of devices, one after the other: for trying and measuring a manager. Each has a host key, datastores and
 * connections of its own.
 *
 * @example
 * const fleet = simulateDevices({
 *   count: 100, seed: "lab",
 *   place: { kind: "call-home", endpoints: () => [{ name: "noc", dial: dialTcp({ host: "::1", port: 4334 }) }] },
 *   serving: { authenticate },
 * });
 * await fleet.started;
 * fleet.status().ready;
 */
export function simulateDevices(options: SimulateOptions): Fleet {
  return new SimulatedFleet(options);
}

const DEFAULT_STAGGER = 5;
/** Milliseconds of starting devices after which those that run have their turn. */
const SLICE = 10;

type Building = { -readonly [Field in keyof SimulatedDevice]: SimulatedDevice[Field] };

class SimulatedFleet implements Fleet {
  readonly devices: SimulatedDevice[] = [];
  readonly started: Promise<void>;
  readonly #options: SimulateOptions;
  readonly #clock: Clock;
  readonly #services: Service[] = [];
  /** Open sessions of each device. */
  readonly #sessions: number[] = [];
  readonly #refusalTiming: ReturnType<typeof createRefusalTiming>;
  #ready = 0;
  #calls = 0;
  #failures = 0;
  #lastError: Error | undefined;
  #stopping = false;
  #endPause: (() => void) | undefined;

  constructor(options: SimulateOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { serving } = options;
    this.#refusalTiming = createRefusalTiming({}, "tls" in serving ? {} : serving);
    this.started = this.#startAll();
    this.started.catch(() => {}); // nobody has to look at it
  }

  status(): FleetStatus {
    return {
      count: this.#options.count,
      started: this.devices.length,
      ready: this.#ready,
      calls: this.#calls,
      failures: this.#failures,
      lastError: this.#lastError,
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endPause?.();
    await this.started.catch(() => {});
    await Promise.all([
      ...this.devices.map((device) => device.caller?.stop()),
      ...this.#services.map((service) => service.close()),
    ]);
    await Promise.all(this.devices.map(({ server }) => server.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #startAll(): Promise<void> {
    const { count, stagger = DEFAULT_STAGGER } = this.#options;
    const begin = this.#clock.now();
    let sliceEnd = begin + SLICE;
    for (let index = 0; index < count && !this.#stopping; index++) {
      // From the beginning, and not from one to the next: what a start takes must not add up.
      const due = begin + index * stagger;
      const now = this.#clock.now();
      if (due > now || now >= sliceEnd) {
        await this.#pauseUntil(Math.max(due, now));
        sliceEnd = this.#clock.now() + SLICE;
      }
      if (!this.#stopping) await this.#start(index);
    }
  }

  async #start(index: number): Promise<void> {
    const { place, serving, seed, configure, policy } = this.#options;
    const overTls = "tls" in serving;
    const provider = overTls ? undefined : serving.provider;
    const hostKey = overTls ? undefined : simulatedHostKey(seed, index, provider);
    const server = await createNetconfServer({ clock: this.#clock, ...configure?.(index) });
    this.#sessions[index] = 0;
    const device: Building = {
      index,
      name: `device-${index + 1}`,
      fingerprint: hostKey && fingerprintSha256(hostKey.publicBlob),
      hostKey,
      server,
      // Set below, for their events name the device.
      caller: undefined,
      local: undefined,
    };
    const socketOptions = overTls
      ? { ...serving, server }
      : { ...serving, server, hostKeys: hostKey ? [hostKey] : [], refusalTiming: this.#refusalTiming };
    if (place.kind === "listen") {
      const listener = await place.listen(index);
      device.local = listener.local;
      const onEvent = (event: ServeEvent): void => this.#served(device, event);
      this.#services.push(serve({ ...socketOptions, listener, onEvent }));
    } else {
      device.caller = callHome({
        ...socketOptions,
        endpoints: place.endpoints(index),
        onServeEvent: (event) => this.#served(device, event),
        policy: { clock: this.#clock, ...policy, onEvent: (event) => this.#called(device, event) },
      });
    }
    this.devices.push(device);
  }

  #served(device: SimulatedDevice, event: ServeEvent): void {
    const open = this.#sessions[device.index] ?? 0;
    if (event.type === "session-started") {
      this.#sessions[device.index] = open + 1;
      if (open === 0) this.#ready++;
    } else if (event.type === "session-ended") {
      this.#sessions[device.index] = open - 1;
      if (open === 1) this.#ready--;
    } else if (event.type === "refused" && this.#options.place.kind === "listen") this.#fail(event.error);
    this.#options.onServeEvent?.(device, event);
  }

  #called(device: SimulatedDevice, event: CallHomeDeviceEvent): void {
    if (event.kind === "dialing") this.#calls++;
    else if (event.kind === "failed") this.#fail(event.error);
    else if (event.kind === "closed" && event.error !== undefined) this.#fail(event.error);
    this.#options.onDeviceEvent?.(device, event);
  }

  #fail(error: unknown): void {
    this.#failures++;
    this.#lastError = error instanceof Error ? error : new Error(String(error));
  }

  #pauseUntil(at: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(at, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

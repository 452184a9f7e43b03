import type { DuplexSocket } from "netconf-kit";
import type { Login } from "./credentials.ts";
import { Device, type DeviceRoad, type DeviceSurroundings } from "./device.ts";
import type { Pane } from "./shortcuts.ts";
import { createStore, type Store } from "./store.ts";

/** A device that has called home, its bytes still untouched. */
export interface Caller {
  readonly socket: DuplexSocket;
  /** Where it called from: for the eye, never an identity. */
  readonly address: string;
}

export interface ConsoleState {
  readonly devices: readonly Device[];
  /** Id of the device that is shown; `undefined` for the page that connects. */
  readonly shown: number | undefined;
  /** Whether the others are drawn beside it. Then it is the one that keys go to. */
  readonly sideBySide: boolean;
  /** By the id of the device; "data" for those that are not here. */
  readonly panes: ReadonlyMap<number, Pane>;
  readonly waiting: WaitingState;
}

/** Waiting for devices to call home. */
export type WaitingState =
  | { readonly kind: "off"; readonly error?: unknown }
  | { readonly kind: "on"; readonly called: number };

/**
 * All devices of the page, and which of them is shown.
 *
 * @example
 * const all = new Console({ hostKeys, clock: systemClock, now: Date.now });
 * all.connect({ dial, target: "192.0.2.1:830", name: "192.0.2.1", login });
 */
export class Console {
  readonly state: Store<ConsoleState> = createStore<ConsoleState>({
    devices: [],
    shown: undefined,
    sideBySide: false,
    panes: new Map(),
    waiting: { kind: "off" },
  });
  readonly around: DeviceSurroundings;
  #lastId = 0;
  #stopWaiting = new AbortController();

  constructor(around: DeviceSurroundings) {
    this.around = around;
  }

  /** The device that is shown. */
  get device(): Device | undefined {
    const { devices, shown } = this.state.value;
    return devices.find(({ id }) => id === shown);
  }

  /** Connects to a device and shows it. */
  connect(road: DeviceRoad): Device {
    this.show(undefined);
    return this.#add(road);
  }

  /**
   * Takes devices as they call home, one after the other, until `stopWaiting()`. Each is a device like a dialled one: the
   * page is the client of SSH all the same (RFC 8071 §3.1 C3).
   */
  async waitForDevices(next: (signal: AbortSignal) => Promise<Caller>, login: Login): Promise<void> {
    this.#stopWaiting.abort();
    const stop = new AbortController();
    this.#stopWaiting = stop;
    this.#waiting({ kind: "on", called: 0 });
    try {
      for (let called = 1; ; called++) {
        const { socket, address } = await next(stop.signal);
        this.#add({ dial: async () => socket, name: `caller ${address}`, login });
        this.#waiting({ kind: "on", called });
      }
    } catch (error) {
      // Whoever began to wait anew has taken the place.
      if (this.#stopWaiting === stop) this.#waiting(stop.signal.aborted ? { kind: "off" } : { kind: "off", error });
    }
  }

  stopWaiting(): void {
    this.#stopWaiting.abort();
  }

  show(shown: number | undefined): void {
    this.state.update((state) => (state.shown === shown ? state : { ...state, shown }));
  }

  /** Shows the device so many places further on; from the page that connects, the first or the last one. */
  step(by: 1 | -1): void {
    const { devices, shown } = this.state.value;
    const place = devices.findIndex(({ id }) => id === shown);
    const next = place === -1 ? devices.at(by === 1 ? 0 : -1) : devices[place + by];
    if (next !== undefined) this.show(next.id);
  }

  toggleSideBySide(): void {
    this.state.update((state) => ({ ...state, sideBySide: !state.sideBySide }));
  }

  /** Shows a part of a device, by default of the one that is shown. */
  showPane(pane: Pane, of = this.state.value.shown): void {
    if (of === undefined) return;
    this.state.update((state) => ({ ...state, panes: new Map(state.panes).set(of, pane) }));
  }

  /** Ends a device's session and takes its tab away. */
  remove(device: Device): void {
    void device.close();
    this.state.update((state) => {
      const devices = state.devices.filter((each) => each !== device);
      const panes = new Map(state.panes);
      panes.delete(device.id);
      return { ...state, devices, panes, shown: state.shown === device.id ? devices.at(-1)?.id : state.shown };
    });
  }

  /** A device that calls while another one is looked at only gets its place. */
  #add(road: DeviceRoad): Device {
    const device = new Device(++this.#lastId, road, this.around);
    this.state.update((state) => {
      const devices = [...state.devices, device];
      return { ...state, devices, shown: state.shown ?? device.id };
    });
    void device.run();
    return device;
  }

  #waiting(waiting: WaitingState): void {
    this.state.update((state) => ({ ...state, waiting }));
  }
}

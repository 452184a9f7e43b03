import { type Clock, type DuplexSocket, sourceOf } from "@netconf-kit/socket";
import type { DeviceDropped, RelayEvent } from "./events.ts";
import { HeldDevice } from "./held-device.ts";
import type { RelayLimits } from "./limits.ts";
import { type Place, Places } from "./places.ts";

export interface WaitingRoomOptions<Client> {
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly onEvent: (event: RelayEvent) => void;
  /** Whether a client can still be told of a device: one that is closing has not left yet. */
  readonly isHere: (client: Client) => boolean;
  /** A device has called for this client: both are the callee's from now on. */
  readonly onPair: (client: Client, device: DuplexSocket) => void;
}

interface Waiting {
  readonly device: HeldDevice;
  readonly place: Place;
  cancelTimer: () => void;
  dropped: boolean;
}

/**
 * Where browsers wait for devices, and devices for browsers. Who has waited longest comes first, on both sides. A device counts
 * when it has said something, so that nobody's turn is taken by a port scan.
 */
export class WaitingRoom<Client> {
  readonly #options: WaitingRoomOptions<Client>;
  readonly #places: Places;
  readonly #clients: Set<Client> = new Set();
  /** All that have called, those that have said nothing yet included. */
  readonly #devices: Set<Waiting> = new Set();
  /** Those that have spoken, in that order. */
  readonly #ready: Set<Waiting> = new Set();

  constructor(options: WaitingRoomOptions<Client>) {
    this.#options = options;
    const { maxWaitingDevices, maxWaitingDevicesPerAddress } = options.limits;
    this.#places = new Places(maxWaitingDevices, maxWaitingDevicesPerAddress);
  }

  /** A client waits from now on, unless a device does: then they are a pair. The result takes it out again, if it still waits. */
  addClient(client: Client): () => boolean {
    this.#clients.add(client);
    this.#match();
    return () => this.#clients.delete(client);
  }

  /** A device has called. */
  addDevice(socket: DuplexSocket): void {
    const { onEvent, limits } = this.#options;
    const remote = socket.remote ?? "an unknown address";
    const place = this.#places.take(sourceOf(remote));
    if (typeof place === "string") {
      void socket.close();
      onEvent({ kind: "device-dropped", device: remote, reason: "too-many" });
      return;
    }
    const waiting: Waiting = {
      device: new HeldDevice(socket, {
        onSpoken: () => this.#spoken(waiting),
        onGone: (how) => this.#drop(waiting, how),
      }),
      place,
      cancelTimer: this.#after(limits.firstByteTime, () => this.#drop(waiting, "silent")),
      dropped: false,
    };
    this.#devices.add(waiting);
  }

  /** Lets all devices go. Clients are their owner's. */
  close(): void {
    this.#clients.clear();
    for (const waiting of [...this.#devices]) this.#drop(waiting, "stopped");
  }

  #spoken(waiting: Waiting): void {
    if (waiting.dropped) return;
    waiting.cancelTimer();
    this.#ready.add(waiting);
    this.#match();
    if (!this.#ready.has(waiting)) return;
    waiting.cancelTimer = this.#after(this.#options.limits.deviceWaitTime, () => this.#drop(waiting, "not-wanted"));
    this.#options.onEvent({ kind: "device-waiting", device: waiting.device.remote });
  }

  #match(): void {
    for (const waiting of [...this.#ready]) {
      const client = [...this.#clients].find(this.#options.isHere);
      if (client === undefined) return;
      this.#clients.delete(client);
      this.#leave(waiting);
      this.#options.onPair(client, waiting.device.take());
    }
  }

  #drop(waiting: Waiting, reason: DeviceDropped): void {
    if (waiting.dropped || !this.#devices.has(waiting)) return;
    waiting.dropped = true;
    this.#leave(waiting);
    void waiting.device.close();
    this.#options.onEvent({ kind: "device-dropped", device: waiting.device.remote, reason });
  }

  #leave(waiting: Waiting): void {
    waiting.cancelTimer();
    waiting.place.leave();
    this.#devices.delete(waiting);
    this.#ready.delete(waiting);
  }

  #after(time: number, callback: () => void): () => void {
    const { clock } = this.#options;
    return clock.schedule(clock.now() + time, callback);
  }
}

import type { Clock, DuplexSocket } from "@netconf-kit/socket";
import { isRelayError, RelayError } from "./errors.ts";

/** What went over a pair of joined sockets, and why that ended. */
export interface Traffic {
  readonly bytesToDevice: number;
  readonly bytesToClient: number;
  /** Without one side has closed. */
  readonly error?: RelayError;
}

/**
 * Carries bytes both ways until one side ends, breaks, or nothing has moved for `idleTime`; then ends both. Each direction
 * reads on when the other side has taken what was read: a slow reader holds back who writes, and nothing piles up here. Never rejects.
 */
export async function join(
  client: DuplexSocket,
  device: DuplexSocket,
  { idleTime, clock }: { readonly idleTime: number; readonly clock: Clock },
): Promise<Traffic> {
  const traffic = { bytesToDevice: 0, bytesToClient: 0 };
  const idle = new IdleTimer(clock, idleTime);
  const pumps = [
    pump(client, device, (length) => {
      traffic.bytesToDevice += length;
      idle.reset();
    }),
    pump(device, client, (length) => {
      traffic.bytesToClient += length;
      idle.reset();
    }),
  ];
  let error: RelayError | undefined;
  try {
    // A WebSocket has no half-close: the first end is that of both directions.
    await Promise.race([...pumps, idle.over]);
  } catch (cause) {
    error = isRelayError(cause)
      ? cause
      : new RelayError("device-lost", `the connection with ${device.remote ?? "the device"} broke off`, { cause });
  }
  idle.stop();
  await Promise.all([client.close(error), device.close(error)]);
  await Promise.allSettled([...pumps, client.closed, device.closed]);
  return error === undefined ? traffic : { ...traffic, error };
}

async function pump(from: DuplexSocket, to: DuplexSocket, onMoved: (length: number) => void): Promise<void> {
  for (let chunk = await from.read(); chunk !== undefined; chunk = await from.read()) {
    await to.write(chunk);
    onMoved(chunk.length);
  }
}

/** One timer, which is not set anew for every chunk. */
class IdleTimer {
  /** Rejects when nothing has happened for so long. */
  readonly over: Promise<never>;
  readonly #clock: Clock;
  #last: number;
  #cancel: () => void = () => {};

  constructor(clock: Clock, time: number) {
    this.#clock = clock;
    this.#last = clock.now();
    this.over = new Promise((_, reject) => {
      const look = (): void => {
        const due = this.#last + time;
        if (clock.now() < due) this.#cancel = clock.schedule(due, look);
        else reject(new RelayError("idle", `no byte went either way for ${time} ms`));
      };
      this.#cancel = clock.schedule(this.#last + time, look);
    });
    this.over.catch(() => {});
  }

  reset(): void {
    this.#last = this.#clock.now();
  }

  stop(): void {
    this.#cancel();
  }
}

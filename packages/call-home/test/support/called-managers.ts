import type { CalledSocket, ServedConnection } from "@netconf-kit/core";
import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import {
  type CallHomeConfig,
  type CallHomeEndpointConfig,
  type CallHomeManagerConfig,
  DeviceCalls,
  type DeviceCallsEvent,
  type DeviceCallsOptions,
} from "../../src/mod.ts";

/** Lets everything run that only waits for promises. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A connection of the device, which the test may end as its manager would. */
export interface TestCall {
  readonly manager: string;
  readonly endpoint: CallHomeEndpointConfig;
  readonly end: () => void;
  readonly isOpen: () => boolean;
}

export const manager = (
  name: string,
  hosts: readonly string[] = [name],
  more: Omit<CallHomeManagerConfig, "name" | "endpoints"> = {},
): CallHomeManagerConfig => ({ name, endpoints: hosts.map((host) => ({ name: host, host })), ...more });

/** A device in virtual time whose managers are played by the test: hosts in `down` refuse its calls. */
export function testCalls(config: CallHomeConfig, options: Partial<DeviceCallsOptions<CalledSocket>> = {}) {
  const clock = virtualClock();
  const events: DeviceCallsEvent[] = [];
  const calls: TestCall[] = [];
  const down = new Set<string>();
  const device = new DeviceCalls<CalledSocket>(config, {
    clock,
    dialTo:
      ({ host }) =>
      async () => {
        if (down.has(host)) throw new Error(`${host} is down`);
        return { remote: host, close: async () => {} };
      },
    serve: async (_socket, { manager: name, endpoint }): Promise<ServedConnection> => {
      let end = (): void => {};
      let open = true;
      const closed = new Promise<void>((resolve) => {
        end = () => {
          open = false;
          resolve();
        };
      });
      calls.push({ manager: name, endpoint, end: () => end(), isOpen: () => open });
      return { closed, close: async () => end() };
    },
    onEvent: (event) => void events.push(event),
    ...options,
  });
  return {
    device,
    clock,
    events,
    calls,
    down,
    /** `manager kind` of each event. */
    kinds: () => events.map(({ manager: name, kind }) => `${name} ${kind}`),
    open: () => calls.filter(({ isOpen }) => isOpen()).map(({ manager: name }) => name),
  };
}

import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import {
  type CalledSocket,
  type CallHomeDevice,
  type CallHomeDeviceEvent,
  type CallHomeDeviceOptions,
  type CallHomeEndpoint,
  callHome,
  type ServeContext,
  type ServedConnection,
} from "../../src/mod.ts";

/** Lets everything run that only waits for promises. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A socket that carries nothing. */
export class TestSocket implements CalledSocket {
  readonly remote = "192.0.2.1:4334";
  isClosed = false;

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** A connection that the test ends, or whoever closes it. */
export class TestConnection implements ServedConnection {
  readonly #over = deferred<{ readonly error?: Error }>();
  readonly socket: TestSocket;
  readonly context: ServeContext;
  isClosed = false;
  probes = 0;
  alive = true;

  constructor(socket: TestSocket, context: ServeContext) {
    this.socket = socket;
    this.context = context;
  }

  get closed(): Promise<{ readonly error?: Error }> {
    return this.#over.promise;
  }

  /** The manager ends it. */
  end(error?: Error): void {
    this.socket.isClosed = true;
    this.#over.resolve(error === undefined ? {} : { error });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.socket.close();
    this.end();
  }

  readonly probe = (): Promise<void> => {
    this.probes++;
    return this.alive ? Promise.resolve() : new Promise(() => {});
  };
}

export interface TestDevice {
  readonly device: CallHomeDevice<TestSocket>;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly sockets: TestSocket[];
  readonly connections: TestConnection[];
  readonly signals: AbortSignal[];
  readonly events: CallHomeDeviceEvent[];
  /** `kind endpoint` of each event. */
  readonly kinds: () => readonly string[];
  readonly endpoint: (name: string) => CallHomeEndpoint<TestSocket>;
}

export interface TestDeviceOptions extends Omit<CallHomeDeviceOptions, "wallClock"> {
  /** Endpoints, in order. Default one, "noc". */
  readonly names?: readonly string[];
  /** What a dial and the serving wait for. Default: nothing. */
  readonly dialing?: () => Promise<void>;
  readonly serving?: () => Promise<void>;
  /** What the calendar says at time 0; it goes with the clock. Default: there is no calendar. */
  readonly calendar?: () => number;
  readonly onTestEvent?: (event: CallHomeDeviceEvent, device: CallHomeDevice<TestSocket>) => void;
}

/** A device whose manager is played by the test, in virtual time. */
export function testDevice({
  names = ["noc"],
  dialing = async () => {},
  serving = async () => {},
  calendar,
  onTestEvent,
  ...options
}: TestDeviceOptions = {}): TestDevice {
  const clock = virtualClock();
  const sockets: TestSocket[] = [];
  const connections: TestConnection[] = [];
  const signals: AbortSignal[] = [];
  const events: CallHomeDeviceEvent[] = [];
  const endpoint = (name: string): CallHomeEndpoint<TestSocket> => ({
    name,
    dial: async ({ signal }) => {
      signals.push(signal);
      await dialing();
      const socket = new TestSocket();
      sockets.push(socket);
      return socket;
    },
  });
  const device = callHome<TestSocket>(
    names.map(endpoint),
    async (socket, context) => {
      await serving();
      const connection = new TestConnection(socket, context);
      connections.push(connection);
      return connection;
    },
    {
      clock,
      retryInterval: 1000,
      backoff: 1,
      ...(calendar && { wallClock: () => calendar() + clock.now() }),
      ...options,
      onEvent: (event) => {
        events.push(event);
        onTestEvent?.(event, device);
      },
    },
  );
  const kinds = () => events.map((event) => ("endpoint" in event ? `${event.kind} ${event.endpoint}` : event.kind));
  return { device, clock, sockets, connections, signals, events, kinds, endpoint };
}

import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import { acceptSsh, connectSsh, isSshError } from "../../src/mod.ts";
import { hostKey, rightPassword } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";

/*
 * CVE-2024-6387: the login timer of OpenSSH's server did work of its own in a signal handler, in the middle of somebody
 * else's. Here a timer may run between any two steps of a login. So it does, at each of them in turn, for both roles: all it
 * may do is to end the connection, and afterwards nobody is asked anything any more.
 */

interface Outcome {
  readonly steps: number;
  readonly client: string;
  readonly server: string;
  readonly askedAfterwards: readonly string[];
  readonly socketsClosed: boolean;
}

/** A whole login in virtual time. At step `at` the clock jumps past every time limit of a login. */
async function login(at: number): Promise<Outcome> {
  const clock = virtualClock();
  let steps = 0;
  let fired = false;
  let settled = false;
  const askedAfterwards: string[] = [];
  const step = (): void => {
    if (steps++ !== at) return;
    fired = true;
    clock.advance(121_000);
  };
  /** A callback of the application, which takes a turn before it looks and one after. */
  const asked = async <T>(name: string, answer: T): Promise<T> => {
    if (settled) askedAfterwards.push(name);
    step();
    await undefined;
    step();
    return answer;
  };
  const [left, right] = memoryPair();
  const common = { clock, algorithms: quickCrypto };
  const timeouts = { hostKeyVerification: 120_000, credentials: 120_000 };
  const connecting = connectSsh(stepping(left, step), {
    ...common,
    timeouts,
    username: () => asked("username", "ada"),
    verifyHostKey: () => asked("verifyHostKey", { accept: true } as const),
    authentication: () =>
      asked("authentication", [{ method: "password", password: () => asked("password", "secret") }] as const),
  });
  const accepting = acceptSsh(stepping(right, step), {
    ...common,
    timeouts,
    hostKeys: [{ ...quickSigner, sign: () => asked("sign", Uint8Array.of(42)) }],
    authenticate: (attempt) => asked("authenticate", rightPassword(attempt)),
  });
  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      () => "open",
      (error: unknown) => (isSshError(error) ? error.code : String(error)),
    );
  const [client, server] = [outcome(connecting), outcome(accepting)];
  // Whoever has lost the peer ends by itself, or by its own timer: time goes on.
  const both = Promise.all([client, server]).then(() => {
    settled = true;
  });
  for (let turn = 0; turn < 200 && !settled; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (fired && turn > 20) clock.advance(121_000);
  }
  await both;
  await new Promise((resolve) => setImmediate(resolve));
  const results = { client: await client, server: await server };
  for (const [name, connection] of [
    ["client", connecting],
    ["server", accepting],
  ] as const)
    if (results[name] === "open") await (await connection).close();
  const socketsClosed = await Promise.all([left.closed, right.closed]).then(
    () => true,
    () => true,
  );
  return { steps, ...results, askedAfterwards, socketsClosed };
}

/** A socket each of whose reads and writes is a step before and after. */
function stepping(socket: DuplexSocket, step: () => void): DuplexSocket {
  const around = async <T>(action: () => Promise<T>): Promise<T> => {
    step();
    const result = await action();
    step();
    return result;
  };
  return {
    ...(socket.remote === undefined ? {} : { remote: socket.remote }),
    closed: socket.closed,
    read: () => around(() => socket.read()),
    write: (bytes) => around(async () => socket.write(bytes)),
    closeWrite: () => socket.closeWrite(),
    close: (reason) => socket.close(reason),
    [Symbol.asyncDispose]: () => socket.close(),
  };
}

const ends = [
  "open",
  "timeout-version-exchange",
  "timeout-key-exchange",
  "timeout-authentication",
  "connection-ended",
  "disconnected-by-peer",
  "host-key-rejected",
  "credential-unavailable",
  "signer-failed",
];

describe("CVE-2024-6387 regreSSHion, a timer in the middle of somebody's work", () => {
  it("at each step of a login the timers end the connection, once, and nobody is asked afterwards", async () => {
    const undisturbed = await login(-1);
    expect(undisturbed).toMatchObject({ client: "open", server: "open", askedAfterwards: [] });
    expect(undisturbed.steps).toBeGreaterThan(30);
    const seen = new Set<string>();
    for (let at = 0; at < undisturbed.steps; at++) {
      const { client, server, askedAfterwards, socketsClosed } = await login(at);
      expect(ends, `client, step ${at}`).toContain(client);
      expect(ends, `server, step ${at}`).toContain(server);
      expect(askedAfterwards, `step ${at}`).toEqual([]);
      expect(socketsClosed).toBe(true);
      // A server that has not let its client in within its time never does.
      seen.add(client).add(server);
    }
    for (const code of ["timeout-version-exchange", "timeout-key-exchange", "timeout-authentication"])
      expect([...seen]).toContain(code);
  }, 60_000);

  it("an abort signal at each step does the same", async () => {
    const total = (await login(-1)).steps;
    for (let at = 0; at < total; at++) {
      const controller = new AbortController();
      let steps = 0;
      const step = (): void => {
        if (steps++ === at) controller.abort(new Error("enough"));
      };
      const [left, right] = memoryPair();
      const accepting = acceptSsh(right, { hostKeys: [hostKey], authenticate: rightPassword }).then(
        (server) => server.close(),
        () => {},
      );
      const connecting = connectSsh(stepping(left, step), {
        username: "ada",
        authentication: [{ method: "password", password: "secret" }],
        verifyHostKey: () => ({ accept: true }),
        signal: controller.signal,
      });
      const result = await connecting.then(
        async (connection) => {
          await connection.close();
          return "open";
        },
        (error: Error) => error.message,
      );
      expect(["open", "enough"]).toContain(result);
      await accepting;
    }
  }, 60_000);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { clientOptions, errorOf, MachinePair, type PairOptions, serverOptions } from "./machine-pair.ts";
import { quickCrypto, quickSigner } from "./quick-crypto.ts";

const quick: PairOptions = {
  client: { algorithms: quickCrypto },
  server: { algorithms: quickCrypto, hostKeys: [quickSigner] },
};

/** Everything each side says from the start to an open channel with some data on it. */
function recordedBytes(): { toServer: number; toClient: number } {
  const counts = { toServer: 0, toClient: 0 };
  const pair = new MachinePair(quick);
  for (const direction of ["toServer", "toClient"] as const) {
    pair[direction] = (bytes) => {
      counts[direction] += bytes.length;
      return [bytes];
    };
  }
  talk(pair);
  return counts;
}

function talk(pair: MachinePair): void {
  const { client, server } = pair.openChannel();
  pair.client.writeChannel(client, new Uint8Array(500), 1 << 20);
  pair.server.writeChannel(server, new Uint8Array(300), 1 << 20);
  pair.run();
}

describe("a conversation", () => {
  it("goes the same way when every byte comes alone", () => {
    const events = (split: boolean) => {
      const pair = new MachinePair(quick);
      if (split) {
        const single = (bytes: Uint8Array) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
        pair.toServer = single;
        pair.toClient = single;
      }
      talk(pair);
      return [...pair.clientEvents, ...pair.serverEvents].map(({ type }) => type);
    };
    expect(events(true)).toEqual(events(false));
  });

  it("replays byte for byte with the same random source (no clock, no chance)", () => {
    const record = () => {
      const all: number[] = [];
      const pair = new MachinePair(quick);
      pair.toServer = (bytes) => {
        all.push(...bytes);
        return [bytes];
      };
      talk(pair);
      return all;
    };
    expect(record()).toEqual(record());
  });
});

describe("a conversation that is cut", () => {
  const total = recordedBytes();
  for (const direction of ["toServer", "toClient"] as const) {
    it(`ends with a typed error or in good order at each byte ${direction}`, () => {
      // Each byte of the plain-text beginning and of the packets that follow.
      for (let cut = 0; cut <= total[direction]; cut++) {
        const pair = new MachinePair(quick);
        let left = cut;
        pair[direction] = (bytes) => {
          const part = bytes.subarray(0, left);
          left -= part.length;
          return [part];
        };
        const receiver = direction === "toServer" ? pair.server : pair.client;
        try {
          talk(pair);
        } catch (error) {
          // A channel that was not opened cannot be written to: that is the test's own wrong call.
          expect(error).toMatchObject({ code: "local-usage" });
        }
        const opened = pair.serverEvents.some(({ type }) => type === "subsystemRequested");
        const ready = (direction === "toServer" ? pair.serverEvents : pair.clientEvents).some(
          ({ type }) => type === "ready",
        );
        if (ready && !opened) continue;
        const error = errorOf(() => receiver.receiveEnd());
        expect(error, `cut at ${cut}`).toMatchObject({ code: "connection-ended", fault: "transport" });
        expect(errorOf(() => receiver.receive(new Uint8Array(1)))).toBe(error);
      }
    });
  }
});

describe("a peer that falls silent", () => {
  /** Advances to each deadline until the machine gives up, and gives the error. */
  function waitOut(machine: SshClientMachine | SshServerMachine, atMost: number): Error & { code?: string } {
    for (let steps = 0; steps < 20; steps++) {
      const { deadline } = machine;
      expect(deadline, "a machine that waits has a deadline").toBeDefined();
      expect(deadline).toBeLessThanOrEqual(atMost);
      try {
        machine.advance((deadline ?? 0) - 1);
        machine.advance(deadline ?? 0);
      } catch (error) {
        return error as Error;
      }
    }
    throw new Error("the machine waits for ever");
  }

  it("is given up at every byte of the conversation, with the name of the step", () => {
    const total = recordedBytes();
    const seen = { client: new Set<string>(), server: new Set<string>() };
    for (const direction of ["toClient", "toServer"] as const) {
      for (let cut = 0; cut < total[direction]; cut++) {
        const pair = new MachinePair(quick);
        let left = cut;
        pair[direction] = (bytes) => {
          const part = bytes.subarray(0, left);
          left -= part.length;
          return [part];
        };
        pair.run();
        if (direction === "toClient") {
          if (pair.clientEvent("ready") === undefined) seen.client.add(waitOut(pair.client, 120_000).code ?? "");
        } else if (pair.serverEvent("ready") === undefined) seen.server.add(waitOut(pair.server, 120_000).code ?? "");
      }
    }
    const steps = ["timeout-version-exchange", "timeout-key-exchange", "timeout-authentication"];
    expect([...seen.client]).toEqual(steps);
    expect([...seen.server]).toEqual(steps);
  });

  it("is given 10 s for its identification and 30 s for each message of a key exchange", () => {
    const client = new SshClientMachine(clientOptions());
    client.advance(9_999);
    expect(errorOf(() => client.advance(10_000))).toMatchObject({ code: "timeout-version-exchange", fault: "peer" });
    const other = new SshClientMachine(clientOptions());
    other.advance(5_000);
    other.receive(new TextEncoder().encode("SSH-2.0-slow\r\n"));
    // Our own KEXINIT waits a second for the server's, which tells whether the server is strict.
    expect(other.deadline).toBe(6_000);
    other.advance(6_000);
    expect(other.deadline).toBe(35_000);
    expect(errorOf(() => other.advance(35_000))).toMatchObject({ code: "timeout-key-exchange" });
  });

  it("does not run out of time while our own side has the floor", () => {
    const pair = new MachinePair(quick);
    // The verifier takes an hour.
    swap(pair.client, pair.server, 2);
    for (let event = pair.server.nextEvent(); event !== undefined; event = pair.server.nextEvent())
      if (event.type === "hostSignatureNeeded") pair.server.provideHostSignature(new Uint8Array([42]));
    pair.client.receive(pair.server.takeOutput() ?? new Uint8Array(0));
    expect(pair.client.nextEvent()?.type).toBe("hostKeyOffered");
    expect(pair.client.deadline).toBe(undefined);
    pair.client.advance(3_600_000);
    pair.client.answerHostKey({ accept: true });
    pair.run();
    expect(pair.clientEvent("ready")).toBeDefined();
  });

  it("has 120 s from the start for its login, whatever it does meanwhile", () => {
    const pair = new MachinePair({ ...quick, decide: () => ({ accept: false }) });
    expect(errorOf(() => pair.run()).code).toBe("authentication-failed");
    expect(pair.server.deadline).toBe(120_000);
    expect(errorOf(() => pair.server.advance(120_000))).toMatchObject({ code: "timeout-authentication" });
  });

  it("fails only the channel when it does not answer an opening", () => {
    const pair = new MachinePair(quick);
    pair.run();
    const channel = pair.client.openChannel({ kind: "subsystem", name: "x" });
    pair.client.advance(29_999);
    pair.client.advance(30_000);
    pair.handleEvents();
    expect(pair.clientEvent("channelFailed")).toMatchObject({ channel, error: { code: "timeout-channel-open" } });
    // The late confirmation is answered with CLOSE, and the number is free again.
    pair.run();
    expect(pair.client.failure).toBe(undefined);
    pair.openChannel();
    expect(pair.clientEvent("channelReady")).toBeDefined();
  });

  it("is asked for a sign of life, and given up after the number of questions that was set", () => {
    const pair = new MachinePair({
      ...quick,
      client: { algorithms: quickCrypto, keepalive: { interval: 1000, max: 2 } },
    });
    pair.run();
    expect(pair.client.deadline).toBe(1000);
    pair.advance(1000).run();
    expect(pair.clientEvent("pong")).toBeDefined();
    expect(pair.client.deadline).toBe(2000);
    pair.client.advance(2000);
    pair.client.advance(3000);
    expect(errorOf(() => pair.client.advance(4000))).toMatchObject({ code: "keepalive-lost", fault: "transport" });
  });
});

describe("a conversation that is damaged", () => {
  it("ends with the peer's fault for any changed byte after the key exchange", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (position, change, there) => {
        const pair = new MachinePair(quick);
        pair.run();
        const { client } = pair.openChannel();
        pair.client.writeChannel(client, new Uint8Array(200), 1 << 20);
        pair[there ? "toServer" : "toClient"] = (bytes) => {
          const bent = bytes.slice();
          const at = position % bent.length;
          bent[at] = (bent[at] ?? 0) ^ change;
          return [bent];
        };
        pair.client.ping();
        try {
          pair.run();
        } catch (error) {
          expect(error).toMatchObject({ layer: "ssh", fault: "peer" });
          return;
        }
        // A length that has grown makes the receiver wait; nothing of the damaged packet gets through.
        expect(pair.clientEvent("pong")).toBe(undefined);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a peer error, never another throw, for any bytes at the start", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, greeted) => {
        for (const machine of [
          new SshClientMachine(clientOptions({ algorithms: quickCrypto })),
          new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner] })),
        ]) {
          if (greeted) machine.receive(new TextEncoder().encode("SSH-2.0-x\r\n"));
          try {
            machine.receive(bytes);
          } catch (error) {
            expect(error).toMatchObject({ layer: "ssh", fault: "peer" });
          }
        }
      }),
    );
  });

  it("does not send a packet to somebody who never showed to speak SSH", () => {
    const machine = new SshServerMachine(serverOptions());
    machine.takeOutput();
    errorOf(() => machine.receive(new TextEncoder().encode("GET / HTTP/1.1\r\n")));
    expect(machine.takeOutput()).toBe(undefined);
  });
});

describe("limits on a peer that has not logged in", () => {
  it("end a server's patience with one byte more than may come before the login", () => {
    const limits = { ...clientOptions().transportLimits, maxBytesBeforeLogin: 3000 };
    const pair = new MachinePair({
      ...quick,
      server: { algorithms: quickCrypto, hostKeys: [quickSigner], transportLimits: limits },
      methods: [{ method: "password", password: "x".repeat(3000) }],
    });
    expect(errorOf(() => pair.run())).toMatchObject({ code: "limit-exceeded", fault: "peer" });
  });

  it("bound the input that gathers while a decision is due", () => {
    const limits = { ...clientOptions().transportLimits, maxWaitingInputBytes: 100 };
    const server = new SshServerMachine(
      serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner], transportLimits: limits }),
    );
    swap(new MachinePair(quick).client, server, 2);
    expect(server.nextEvent()?.type).toBe("hostSignatureNeeded");
    server.receive(new Uint8Array(100));
    expect(errorOf(() => server.receive(new Uint8Array(1)))).toMatchObject({ code: "limit-exceeded", fault: "peer" });
  });

  it("hold packets to 35000 bytes before the login and let them grow afterwards (RFC 4253 §6.1)", () => {
    const pair = new MachinePair({ ...quick, methods: [{ method: "password", password: "x".repeat(36_000) }] });
    expect(errorOf(() => pair.run())).toMatchObject({ code: "packet-too-long", fault: "peer" });
  });
});

describe("a machine that is closed", () => {
  it("tells the peer, takes no more commands and gives no error", () => {
    const pair = new MachinePair(quick);
    pair.run();
    pair.client.close();
    pair.run();
    expect(pair.serverEvent("disconnected")).toMatchObject({ description: "closed by the application" });
    expect(pair.client.failure).toBe(undefined);
    expect(pair.client.deadline).toBe(undefined);
    expect(errorOf(() => pair.client.openChannel({ kind: "subsystem", name: "x" }))).toMatchObject({
      code: "local-usage",
    });
    pair.client.receive(new Uint8Array(10));
    pair.client.receiveEnd();
    expect(pair.client.takeOutput()).toBe(undefined);
  });

  it("refuses commands that nobody has asked for, and stays as it is", () => {
    const pair = new MachinePair(quick);
    pair.run();
    const wrong: readonly (() => unknown)[] = [
      () => pair.client.answerHostKey({ accept: true }),
      () => pair.client.providePassword("x"),
      () => pair.client.provideSignature(new Uint8Array(1)),
      () => pair.client.provideResponses([]),
      () => pair.client.skipMethod(),
      () => pair.client.login("eve", []),
      () => pair.server.decide({ accept: true }),
      () => pair.server.provideHostSignature(new Uint8Array(1)),
    ];
    for (const call of wrong) expect(errorOf(call)).toMatchObject({ code: "local-usage", fault: "local" });
    pair.openChannel();
    expect(pair.clientEvent("channelReady")).toBeDefined();
  });
});

/** Carries output across without anybody answering events. */
function swap(client: SshClientMachine, server: SshServerMachine, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    client.receive(server.takeOutput() ?? new Uint8Array(0));
    server.receive(client.takeOutput() ?? new Uint8Array(0));
  }
}

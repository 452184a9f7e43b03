import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { type CallOptions, callHomeConfigOf, withCalls, withIdleTimeout } from "../src/call-options.ts";

/** The configuration that a command line stands for. */
function configOf(...args: readonly string[]) {
  const command = withIdleTimeout(withCalls(new Command("call-home").option("--tls")))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return callHomeConfigOf(command.args, command.opts<CallOptions>());
}

const usage = expect.objectContaining({ name: "UsageError" });

describe("the options of call-home", () => {
  it("take all arguments for endpoints of one manager, in order, each once", () => {
    const { managers } = configOf("north.example", "192.0.2.1:4000,[2001:db8::1]:4001", "north.example");
    expect(managers).toHaveLength(1);
    expect(managers[0]?.endpoints).toMatchObject([
      { name: "north.example", transport: "ssh", host: "north.example", port: 4334 },
      { host: "192.0.2.1", port: 4000 },
      { host: "2001:db8::1", port: 4001 },
    ]);
    expect(managers[0]?.reconnectStrategy).toEqual({
      startWith: "first-listed",
      maxWait: 60_000,
      retryInterval: 5000,
      maxAttempts: 3,
      reconnect: true,
    });
    expect(managers[0]?.connection).toBeUndefined();
  });

  it("take each argument for a manager of its own with --side-by-side, and refuse one twice", () => {
    const { managers } = configOf("--side-by-side", "a1,a2", "b");
    expect(managers.map(({ name, endpoints }) => [name, endpoints.map(({ host }) => host)])).toEqual([
      ["a1,a2", ["a1", "a2"]],
      ["b", ["b"]],
    ]);
    expect(() => configOf("--side-by-side", "a", "a")).toThrow(usage);
  });

  it("take everything that can be said of the calls", () => {
    const { managers } = configOf(
      ...["noc", "--tls", "--retry-interval", "2", "--retry-max", "5", "--max-rounds", "2", "--max-wait", "9"],
      ...[
        "--start-with",
        "random-selection",
        "--no-reconnect",
        "--local-address",
        "192.0.2.7:900",
        "--keepalive",
        "20",
      ],
    );
    expect(managers[0]).toEqual({
      name: "manager",
      endpoints: [
        {
          name: "noc",
          transport: "tls",
          host: "noc",
          port: 4335,
          localAddress: "192.0.2.7",
          localPort: 900,
          keepalives: { tcpIdleTime: 20_000, ssh: { maxWait: 20_000 } },
        },
      ],
      reconnectStrategy: {
        startWith: "random-selection",
        maxWait: 9000,
        retryInterval: 2000,
        maxAttempts: 5,
        maxRounds: 2,
        reconnect: false,
      },
    });
  });

  it("call in periods from a moment", () => {
    const { managers } = configOf(
      ...["noc", "--periodic", "1440", "--anchor-time", "2026-01-01T02:00:00Z", "--idle-timeout", "0"],
    );
    expect(managers[0]?.connection).toEqual({
      type: "periodic",
      period: 86_400_000,
      anchorTime: Date.UTC(2026, 0, 1, 2),
      idleTimeout: 0,
    });
  });

  it("call once with --now: each endpoint until one answers", () => {
    expect(configOf("noc", "--now", "--retry-max", "9").managers[0]?.reconnectStrategy).toMatchObject({
      maxAttempts: 1,
      maxRounds: 1,
      reconnect: false,
    });
  });

  it.each([
    [["noc", "--anchor-time", "2026-01-01T02:00:00Z"]],
    [["noc", "--idle-timeout", "5"]],
    [["ops@noc"]],
    [["noc", "--local-address", "my-name"]],
    [["noc:99999"]],
  ])("refuse %j", (args) => {
    expect(() => configOf(...args)).toThrow(usage);
  });

  it.each([
    [["noc", "--persistent", "--periodic", "5"]],
    [["noc", "--retry-max", "0"]],
    [["noc", "--retry-interval", "0"]],
    [["noc", "--periodic", "5", "--anchor-time", "tomorrow"]],
    [["noc", "--start-with", "last-listed"]],
    [[]],
  ])("refuse %j in words of the command line", (args) => {
    expect(() => configOf(...args)).toThrow(expect.objectContaining({ name: "CommanderError" }));
  });
});

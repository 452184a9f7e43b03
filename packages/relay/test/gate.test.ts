import { describe, expect, it } from "vitest";
import { Door } from "../src/door.ts";
import { Gate, type GateRequest } from "../src/gate.ts";
import { relayLimits } from "../src/limits.ts";
import { relayProtocols } from "../src/page.ts";
import { AllowedTargets, formatTarget, parseTarget } from "../src/targets.ts";
import { randomRelayToken } from "../src/token.ts";

const token = "a-token-of-24-characters";

function request(changes: Partial<GateRequest> = {}): GateRequest {
  return {
    url: "/dial?target=192.0.2.1:830",
    origin: "http://127.0.0.1:8080",
    host: "127.0.0.1:8080",
    protocols: relayProtocols(token).join(", "),
    ...changes,
  };
}

const gate = new Gate({ token, allow: ["192.0.2.1:830", "r7.example:830"], callHome: true });
const refusal = (changes: Partial<GateRequest>): unknown => {
  try {
    return gate.judge(request(changes));
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("Gate", () => {
  it("lets dial a listed target, and wait", () => {
    expect(gate.judge(request())).toEqual({ kind: "dial", target: { host: "192.0.2.1", port: 830 } });
    expect(gate.judge(request({ url: "/dial?target=R7.example%3A830" }))).toMatchObject({ kind: "dial" });
    expect(gate.judge(request({ url: "/wait" }))).toEqual({ kind: "wait" });
  });

  it.each([
    ["no target", "/dial", "bad-request"],
    ["two targets", "/dial?target=192.0.2.1:830&target=192.0.2.9:830", "bad-request"],
    ["a target without a port", "/dial?target=192.0.2.1", "bad-request"],
    ["another path", "/", "bad-request"],
    ["a path below", "/dial/?target=192.0.2.1:830", "bad-request"],
    ["another port", "/dial?target=192.0.2.1:22", "target-refused"],
    ["another address", "/dial?target=192.0.2.2:830", "target-refused"],
    ["another name", "/dial?target=r8.example:830", "target-refused"],
    ["an address in a spelling of its own", "/dial?target=192.0.513:830", "target-refused"],
  ])("refuses %s", (_what, url, code) => {
    expect(refusal({ url })).toBe(code);
  });

  it.each([
    ["none", "binary"],
    ["an empty one", "binary, netconf-relay-token."],
    ["a wrong one", "binary, netconf-relay-token.a-token-of-24-character5"],
    ["one that only begins right", "binary, netconf-relay-token.a-token-of-24"],
    ["one that goes on", `binary, netconf-relay-token.${token}x`],
  ])("RFC 6455 §10.5 refuses a token that is %s, before it looks at the target", (_what, protocols) => {
    expect(refusal({ protocols, url: "/nonsense" })).toBe("token-refused");
  });

  it.each([
    ["another site", { origin: "https://evil.example" }],
    ["another port of this machine", { origin: "http://127.0.0.1:8081" }],
    ["a file or a sandboxed frame", { origin: "null" }],
    ["a name that leads here for a while", { origin: "http://evil.example:8080", host: "evil.example:8080" }],
  ])("RFC 6455 §10.2 refuses pages of %s, before it looks at the token", (_what, changes) => {
    expect(refusal({ ...changes, protocols: "binary" })).toBe("origin-refused");
  });

  it.each(["localhost:8080", "[::1]:8080", "192.0.2.7"])("believes that %s is its own address", (host) => {
    expect(refusal({ origin: `http://${host}`, host })).toMatchObject({ kind: "dial" });
    expect(refusal({ origin: `https://${host}`, host })).toMatchObject({ kind: "dial" });
  });

  it("takes those origins that are listed, and then no other", () => {
    const listed = new Gate({ token, allow: ["192.0.2.1:830"], origins: ["https://console.example"], callHome: false });
    expect(listed.judge(request({ origin: "https://console.example" }))).toMatchObject({ kind: "dial" });
    for (const origin of ["http://127.0.0.1:8080", "https://console.example:444", "https://console.example.evil"])
      expect(() => listed.judge(request({ origin }))).toThrow(/may not use this relay/);
  });

  it("lets who is no browser, and has no origin, show the token alone", () => {
    expect(gate.judge(request({ origin: undefined }))).toMatchObject({ kind: "dial" });
    expect(refusal({ origin: undefined, protocols: undefined })).toBe("token-refused");
  });

  it("says that nobody can wait where no device can call", () => {
    const dialOnly = new Gate({ token, callHome: false });
    expect(() => dialOnly.judge(request({ url: "/wait" }))).toThrow(expect.objectContaining({ code: "call-home-off" }));
    expect(() => dialOnly.judge(request())).toThrow(expect.objectContaining({ code: "target-refused" }));
  });

  it.each([
    [{ token: "short" }],
    [{ token: "with a space in the middle" }],
    [{ token: "x".repeat(257) }],
    [{ token, allow: ["192.0.2.1"] }],
    [{ token, allow: ["192.0.2.0/33:830"] }],
    [{ token, allow: ["r7.example/24:830"] }],
    [{ token, allow: ["192.0.2.1:0"] }],
    [{ token, origins: ["console.example"] }],
    [{ token, origins: ["https://console.example/page"] }],
    [{ token, origins: ["*"] }],
  ])("is not made with %j, and does not show the token", (options) => {
    const make = (): Gate => new Gate({ ...options, callHome: false });
    expect(make).toThrow(expect.objectContaining({ name: "RelayError", code: "bad-option", fault: "local" }));
    expect(make).not.toThrow(token);
  });
});

describe("AllowedTargets", () => {
  it("has networks of both families, on one port", () => {
    const targets = new AllowedTargets(["192.0.2.0/24:830", "[2001:db8::/32]:830", "[::1]:8300"]);
    const has = (text: string): boolean => targets.has(parseTarget(text) ?? { host: "", port: 0 });
    expect(["192.0.2.0:830", "192.0.2.255:830", "[2001:db8:1::7]:830", "[0:0:0:0:0:0:0:1]:8300"].map(has)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["192.0.3.0:830", "192.0.2.1:831", "[2001:db9::1]:830", "[::1]:830", "localhost:8300"].map(has)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("reads what it writes, and nothing that could be read in two ways", () => {
    for (const text of ["r7.example:830", "192.0.2.1:1", "[2001:db8::1]:65535"]) {
      const target = parseTarget(text);
      expect(target && formatTarget(target)).toBe(text);
    }
    for (const text of [
      "::1:830",
      "a@b:830",
      "a/b:830",
      "a b:830",
      "a:65536",
      "[r7]:830",
      "[192.0.2.1]:830",
      ":830",
      "",
    ])
      expect(parseTarget(text)).toBeUndefined();
  });
});

describe("Door", () => {
  const limits = relayLimits({ maxSockets: 4, maxSocketsPerAddress: 3, maxSocketsPerTarget: 2 });
  const codeOf = (action: () => unknown): unknown => {
    try {
      action();
      return "admitted";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it("admits up to each limit and not one more, and again when somebody has left", () => {
    const door = new Door(gate, limits);
    const dial = request();
    const wait = request({ url: "/wait" });
    const first = door.admit(dial, "198.51.100.1:1");
    door.admit(dial, "198.51.100.1:2");
    expect(codeOf(() => door.admit(dial, "198.51.100.2:1"))).toBe("too-many-to-target");
    door.admit(wait, "198.51.100.1:3");
    expect(codeOf(() => door.admit(wait, "198.51.100.1:4"))).toBe("too-many-from-address");
    door.admit(wait, "198.51.100.2:2");
    expect(codeOf(() => door.admit(wait, "198.51.100.3:1"))).toBe("too-many-sockets");
    first.leave();
    first.leave();
    expect(codeOf(() => door.admit(dial, "198.51.100.1:5"))).toBe("admitted");
    expect(codeOf(() => door.admit(wait, "198.51.100.3:2"))).toBe("too-many-sockets");
  });
});

describe("relay options", () => {
  it("makes tokens that nobody can guess and that pass", () => {
    const tokens = new Set(Array.from({ length: 50 }, randomRelayToken));
    expect(tokens.size).toBe(50);
    for (const each of tokens) {
      expect(each.length).toBe(32);
      expect(() => new Gate({ token: each, callHome: false })).not.toThrow();
    }
  });

  it("refuses limits that are none", () => {
    for (const maxSockets of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => relayLimits({ maxSockets })).toThrow(expect.objectContaining({ code: "bad-option" }));
  });
});

import { describe, expect, it } from "vitest";
import {
  type CallHomeEndpointConfig,
  type CallHomeManagerConfig,
  callHomePort,
  callHomeSettings,
  checkCallHomeConfig,
} from "../src/mod.ts";

const endpoint: CallHomeEndpointConfig = { name: "e", host: "noc.example" };
const manager: CallHomeManagerConfig = { name: "noc", endpoints: [endpoint] };

describe("checkCallHomeConfig()", () => {
  it("takes a manager with nothing but an address, and one with everything", () => {
    checkCallHomeConfig({ managers: [] });
    checkCallHomeConfig({
      managers: [
        manager,
        {
          name: "backup",
          endpoints: [
            {
              ...endpoint,
              transport: "tls",
              port: 65_535,
              localAddress: "192.0.2.1",
              localPort: 1,
              keepalives: { tcpIdleTime: 1, ssh: { maxWait: 1, maxAttempts: 1 } },
            },
          ],
          connection: { type: "periodic", period: 1, anchorTime: 0, idleTimeout: 0 },
          reconnectStrategy: { maxWait: 1, maxAttempts: 1, maxRounds: Number.POSITIVE_INFINITY, retryInterval: 1 },
        },
      ],
    });
  });

  it.each<[string, readonly CallHomeManagerConfig[]]>([
    ["duplicate entry", [manager, manager]],
    ["duplicate entry", [{ ...manager, endpoints: [endpoint, endpoint] }]],
    ["no endpoint", [{ ...manager, endpoints: [] }]],
    ["no host", [{ ...manager, endpoints: [{ ...endpoint, host: "" }] }]],
    ["no port", [{ ...manager, endpoints: [{ ...endpoint, port: 0 }] }]],
    ["no port", [{ ...manager, endpoints: [{ ...endpoint, localPort: 65_536 }] }]],
    ["tcpIdleTime", [{ ...manager, endpoints: [{ ...endpoint, keepalives: { tcpIdleTime: 0 } }] }]],
    ["maxWait of its", [{ ...manager, endpoints: [{ ...endpoint, keepalives: { ssh: { maxWait: -1 } } }] }]],
    ["period", [{ ...manager, connection: { type: "periodic", period: 0 } }]],
    ["anchorTime", [{ ...manager, connection: { type: "periodic", anchorTime: Number.NaN } }]],
    ["idleTimeout", [{ ...manager, connection: { type: "periodic", idleTimeout: -1 } }]],
    ["retryInterval", [{ ...manager, reconnectStrategy: { retryInterval: Number.NaN } }]],
    ["backoff", [{ ...manager, reconnectStrategy: { backoff: 0 } }]],
    ["jitter", [{ ...manager, reconnectStrategy: { jitter: 2 } }]],
    ["maxAttempts", [{ ...manager, reconnectStrategy: { maxAttempts: 0 } }]],
    ["maxRounds", [{ ...manager, reconnectStrategy: { maxRounds: 1.5 } }]],
  ])("names what is wrong: %s", (words, managers) => {
    expect(() => checkCallHomeConfig({ managers })).toThrow(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringContaining(words) }),
    );
  });
});

describe("the defaults", () => {
  it("RFC 8071 §6: port 4334 for SSH, 4335 for TLS", () => {
    expect([callHomePort(endpoint), callHomePort({ ...endpoint, transport: "tls" })]).toEqual([4334, 4335]);
    expect(callHomePort({ ...endpoint, port: 22 })).toBe(22);
  });

  it("of a periodic connection: once an hour, and three minutes of silence", () => {
    expect(callHomeSettings({ ...manager, connection: { type: "periodic" } })).toEqual({
      period: 3_600_000,
      idleTimeout: 180_000,
    });
    expect(callHomeSettings({ ...manager, connection: { type: "persistent" } })).toEqual({});
    expect(callHomeSettings({ ...manager, reconnectStrategy: { maxWait: 5, maxAttempts: 2 } })).toEqual({
      connectTimeout: 5,
      maxAttempts: 2,
    });
  });
});

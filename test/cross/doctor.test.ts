import { listenTcp } from "@netconf-kit/node-adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../packages/cli/test/run.ts";
import { badPeers, fingerprint, login } from "./bad-peers.ts";

const PASSWORD = "NETCONF_DOCTOR_TEST_PASSWORD";
beforeAll(() => {
  process.env[PASSWORD] = login.password;
});
afterAll(() => {
  delete process.env[PASSWORD];
});

/** At which layer each of the bad peers goes wrong. */
const layers: ReadonlyMap<string, string> = new Map([
  ["a host key that is not the expected one", "host key"],
  ["a password that is wrong", "login"],
  ["a subsystem that is refused", "subsystem"],
  ["silence after TCP", "ssh version"],
  ["silence after the SSH version", "key exchange"],
  ["silence at login", "login"],
  ["silence when the subsystem is asked for", "subsystem"],
  ["silence instead of a hello", "hello"],
  ["silence instead of a reply", "framing"],
  ["something else than SSH", "ssh version"],
  ["a hello without a session-id", "hello"],
  ["a hello with no version in common", "hello"],
  ["a reply with an unknown message-id", "reply"],
  ["a chunk header that is malformed", "framing"],
  ["a frame that is truncated", "framing"],
  ["a close in the middle of a message", "framing"],
  ["a close instead of a reply", "framing"],
  ["XML that is not well-formed", "reply"],
  ["a DOCTYPE", "reply"],
  ["100 000 nested elements", "reply"],
]);

describe("netconf doctor names the layer at which a device goes wrong", () => {
  it("knows every bad peer", () => {
    expect([...layers.keys()]).toEqual(badPeers.map(({ name }) => name));
  });

  for (const { name, serve, expected, exitCode, trusted, password } of badPeers) {
    it(`${name}: ${layers.get(name)}`, async () => {
      const listener = await listenTcp();
      void (async () => {
        for await (const socket of listener) serve(socket).catch(() => {});
      })();
      process.env[PASSWORD] = password ?? login.password;
      try {
        const { code, stdout, stderr } = await run(
          ...["doctor", `${login.username}@127.0.0.1:${listener.port}`, "--no-ssh-config", "--timeout", "1"],
          ...["--password-env", PASSWORD, "--host-key", trusted ?? fingerprint, "--format", "json"],
        );
        const { failsAt, error, steps } = JSON.parse(stdout);
        expect({ failsAt, ...error }).toMatchObject({ failsAt: layers.get(name), code: expected.code, exitCode });
        expect(code).toBe(exitCode);
        expect(stderr).toMatch(/^netconf: .+\n$/);
        const statuses: string[] = steps.map(({ status }: { status: string }) => status);
        const failed = statuses.indexOf("failed");
        expect(statuses.slice(failed + 1).every((status) => status === "not reached")).toBe(true);
        if (name === "something else than SSH") expect(stdout).toContain('began with \\"HTTP/1.1 400 Bad Request\\"');
      } finally {
        await listener.close();
      }
    });
  }
});

import { X509Certificate } from "node:crypto";
import { tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import { certificateFingerprint, readCertificate } from "@netconf-kit/tls";
import { callHome, createNetconfServer, expectOk, getConfig, listenCallHome } from "netconf-kit";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type Direction, FaultyNetwork, type LinkPlan } from "../support/faulty-socket.ts";
import { testAuthority } from "../support/test-authority.ts";

/*
 * Call Home over TLS when links are cut: its handshake is the runtime's, so this is in real time. What comes after the handshake is
 * the same as over SSH, and stands in faults.test.ts.
 */

const ca = testAuthority();
afterAll(() => ca.remove());
const own = { device: ca.issue({ subject: "/CN=router-7" }), manager: ca.issue({ subject: "/CN=ops" }) };
const fingerprints = [certificateFingerprint(readCertificate(new X509Certificate(own.device.cert).raw))];

/** Gets a session over a network whose first link may go wrong. @returns what had gone over the last link when it was ready */
async function sessionWith(plan?: LinkPlan): Promise<Readonly<Record<Direction, number>>> {
  const network = new FaultyNetwork();
  network.next = plan;
  let passed: Readonly<Record<Direction, number>> = { out: 0, in: 0 };
  const { device, manager: ours } = own;
  const manager = listenCallHome({
    listeners: network.listen(),
    tls: tlsClient({ cert: ours.cert, key: ours.key, ca: ca.cert }),
    devices: [{ name: "router-7", fingerprints }],
    onSession: () => {
      passed = { ...network.last.passed };
    },
  });
  const server = await createNetconfServer();
  const certToName = [{ id: 1, mapType: "common-name" }] as const;
  const caller = callHome({
    server,
    tls: tlsServer({ cert: device.cert, key: device.key, clientCa: ca.cert, certToName }),
    endpoints: [{ name: "noc", dial: network.dial }],
    policy: { retryInterval: 20, backoff: 1 },
  });
  const links = plan === undefined ? 1 : 2;
  await vi.waitFor(
    async () => {
      expect(network.links).toHaveLength(links);
      expect(manager.connected()).toHaveLength(1);
      for (const { session } of manager.connected()) expectOk(await session.rpc(getConfig("running")));
    },
    { timeout: 10_000 },
  );
  expect(network.links.map(({ fault }) => fault)).toEqual(plan === undefined ? [undefined] : ["cut", undefined]);
  expect([manager.connectingCount, server.sessions.length]).toEqual([0, 1]);
  await Promise.all([caller.stop(), manager.close({ sessions: true })]);
  await server.close();
  await vi.waitFor(() => expect(network.openEnds).toBe(0), { timeout: 5000 });
  return passed;
}

describe("a link over TLS that is cut: the device is back (RFC 8071 §4.1), and nothing is left", () => {
  const ways: readonly (readonly [Direction, string])[] = [
    ["out", "what the device sends"],
    ["in", "what the manager sends"],
  ];
  for (const [direction, way] of ways) {
    for (const percent of [0, 10, 30, 50, 70, 90]) {
      it(`at ${percent} % of ${way} until the session is ready`, async () => {
        const whole = await sessionWith();
        const afterBytes = Math.floor((whole[direction] * percent) / 100);
        await sessionWith({ fault: "cut", direction, afterBytes });
      });
    }
  }
});

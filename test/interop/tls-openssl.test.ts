import { dialTcp, listenTcp, tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import { connect } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../support/test-authority.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort, startProcess, waitForListener } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
let ca: TestAuthority;
let other: TestAuthority;
let device: IssuedCertificate;
let manager: IssuedCertificate;
beforeAll(() => {
  ca = testAuthority();
  other = testAuthority("/CN=Other Authority");
  device = ca.issue({ altNames: "DNS:r7.example.net" });
  manager = ca.issue({ altNames: "DNS:ops.example.net" });
});
afterAll(() => {
  ca.remove();
  other.remove();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.runIf(requirePeer("openssh"))("the openssl command and we", () => {
  for (const [version, alert] of [
    ["-tls1_2", 40],
    ["-tls1_3", 116],
  ] as const) {
    it(`its client without a certificate gets alert ${alert} from our server (${version})`, async () => {
      const listener = await listenTcp();
      stops.push(() => listener.close());
      const client = startProcess("openssl", ["s_client", version, "-connect", listener.local, "-CAfile", ca.certFile]);
      stops.push(client.stop);
      const { value: socket } = await listener[Symbol.asyncIterator]().next();
      const tls = tlsServer({ cert: device.cert, key: device.key, clientCa: ca.cert, certToName: [] });
      const outcome = tls(socket as DuplexSocket, { signal: new AbortController().signal });
      await expect(outcome).rejects.toMatchObject({ layer: "tls", code: "certificate-missing" });
      await expect.poll(client.errors, { timeout: 10_000 }).toContain(`SSL alert number ${alert}`);
    });

    it(`its server refuses our certificate with an alert that we name (${version})`, async () => {
      const port = await freePort();
      const files = ["-cert", device.certFile, "-key", device.keyFile, "-CAfile", ca.certFile];
      const args = [
        "s_server",
        version,
        "-accept",
        `127.0.0.1:${port}`,
        ...files,
        "-Verify",
        "3",
        "-verify_return_error",
      ];
      const server = startProcess("openssl", args);
      stops.push(server.stop);
      await waitForListener(port, 20_000, server);
      const stranger = other.issue();
      const dial = dialTcp({ host: "127.0.0.1", port });
      const tls = tlsClient({ cert: stranger.cert, key: stranger.key, ca: ca.cert, serverName: "r7.example.net" });
      await expect(connect({ dial, tls })).rejects.toMatchObject({
        layer: "tls",
        // Where TLS 1.3 lets us write before the alert is there, a reset may overtake it.
        code: expect.stringMatching(/^(alert-unknown-ca|closed-after-handshake)$/),
      });
    });

    it(`its client gets in with a certificate (${version})`, async () => {
      const listener = await listenTcp();
      stops.push(() => listener.close());
      const files = ["-cert", manager.certFile, "-key", manager.keyFile, "-CAfile", ca.certFile];
      const client = startProcess("openssl", ["s_client", version, "-quiet", "-connect", listener.local, ...files]);
      stops.push(client.stop);
      const { value: socket } = await listener[Symbol.asyncIterator]().next();
      const certToName = [{ id: 1, mapType: "san-any" as const }];
      const tls = tlsServer({ cert: device.cert, key: device.key, clientCa: ca.cert, certToName });
      const channel = await tls(socket as DuplexSocket, { signal: new AbortController().signal });
      expect(channel.username).toBe("ops.example.net");
      await channel.close();
    });
  }
});

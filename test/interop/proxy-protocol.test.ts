import { once } from "node:events";
import { connect } from "node:tls";
import { listenTcp, tcpSocket } from "@netconf-kit/node-adapter";
import {
  AddressList,
  allowLogin,
  type CallHomeEvent,
  callHome,
  callHomeOverSsh,
  createNetconfServer,
  type DuplexSocket,
  expectOk,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  getConfig,
  listenCallHome,
  parseAuthorizedKeys,
} from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import { testAuthority } from "../support/test-authority.ts";
import { random } from "./our-ends.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort, startProcess, tempFolder, waitForListener, writeConfig } from "./peers/process.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A stunnel that takes TLS and passes on what is in it, after a PROXY header. Gives its port. */
async function startBalancer(to: number): Promise<number> {
  const folder = tempFolder();
  const authority = testAuthority();
  stops.push(folder.remove, authority.remove);
  const { certFile, keyFile } = authority.issue();
  const port = await freePort();
  const file = writeConfig(folder.path, "balancer.conf", [
    ...["foreground = yes", "pid =", "syslog = no", "debug = 5", "[balancer]", "protocol = proxy"],
    ...[`accept = 127.0.0.1:${port}`, `connect = 127.0.0.1:${to}`, `cert = ${certFile}`, `key = ${keyFile}`],
  ]);
  const stunnel = startProcess("stunnel4", [file]);
  stops.push(() => stunnel.stop());
  await waitForListener(port, 20_000, stunnel);
  return port;
}

describe.runIf(requirePeer("stunnel"))("the PROXY protocol as stunnel writes it", () => {
  const manage = async (balancers: readonly string[]) => {
    const [hostKey, userKey] = [generateKey("ssh-ed25519", random), generateKey("ssh-ed25519", random)];
    const events: CallHomeEvent[] = [];
    const listener = await listenTcp();
    const dialect = { balancers: new AddressList(balancers) };
    const manager = listenCallHome({
      listeners: [{ listener, transport: callHomeOverSsh(), dialect }],
      devices: [
        {
          name: "router",
          fingerprints: [fingerprintSha256(hostKey.publicBlob)],
          credentials: { username: "ops", authentication: [{ method: "publickey", key: userKey }] },
        },
      ],
      onEvent: (event) => void events.push(event),
    });
    stops.push(() => manager.close({ sessions: true }));
    const port = await startBalancer(listener.port);
    const from: string[] = [];
    const device = callHome({
      server: await createNetconfServer(),
      hostKeys: [hostKey],
      authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(formatPublicKey(userKey)) }),
      endpoints: [
        {
          name: "balancer",
          dial: async (): Promise<DuplexSocket> => {
            const tls = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
            await once(tls, "secureConnect");
            from.push(`${tls.localAddress}:${tls.localPort}`);
            return tcpSocket(tls);
          },
        },
      ],
      policy: { retryInterval: 60_000 },
    });
    stops.push(() => device.stop());
    return { manager, events, from };
  };

  it("tells where a device calls from", async () => {
    const { manager, events, from } = await manage(["127.0.0.1"]);
    for await (const { device, session } of manager.sessions) {
      expect(device).toBe("router");
      expectOk(await session.rpc(getConfig("running")));
      break;
    }
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({ remote: from[0] });
  });

  it("is refused from somebody who is no balancer", async () => {
    const { events } = await manage(["192.0.2.1"]);
    await expect
      .poll(() => events.find(({ kind }) => kind === "rejected"), { timeout: 10_000 })
      .toMatchObject({ error: { code: "proxy-header-unexpected" } });
  });
});

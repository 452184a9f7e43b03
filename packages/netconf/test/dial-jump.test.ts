import { acceptSsh, type SshServerConnection } from "@netconf-kit/ssh";
import { afterEach, describe, expect, it } from "vitest";
import {
  allowLogin,
  connect,
  type Dial,
  type DialJumpOptions,
  dialJump,
  expectOk,
  getConfig,
  isTransportError,
  parseAuthorizedKeys,
  serializeXml,
  serve,
  trustFingerprints,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork, publicLine } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** An SSH server that leads to the hosts it knows, and remembers who came. */
function jumpHost(hosts: Readonly<Record<string, Dial>>): {
  readonly dial: Dial;
  readonly logins: SshServerConnection[];
} {
  const network = memoryNetwork();
  const logins: SshServerConnection[] = [];
  stops.push(network.listener.close);
  void (async () => {
    for await (const socket of network.listener)
      acceptSsh(socket, {
        hostKeys: [keys.other],
        authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(publicLine(keys.user)) }),
        openDirectTcpip: ({ host, signal }) => hosts[host]?.({ signal }),
      }).then(
        (login) => logins.push(login),
        () => {},
      );
  })();
  return { dial: network.dial, logins };
}

const throughHost = (via: Dial, host: string, changes: Partial<DialJumpOptions> = {}): Dial =>
  dialJump({
    ...credentials,
    verifyHostKey: trustFingerprints([fingerprintOf(keys.other)]),
    via,
    target: { host, port: 830 },
    ...changes,
  });

async function device(): Promise<Dial> {
  const network = memoryNetwork();
  const service = serve({ ...(await makeDevice()), listener: network.listener });
  stops.push(service.close);
  return network.dial;
}

const verifyHostKey = trustFingerprints([fingerprintOf(keys.host)]);

describe("dialJump()", () => {
  it("leads through two hops to a device, and everything ends with the session", async () => {
    const inner = jumpHost({ router: await device() });
    const outer = jumpHost({ inner: inner.dial });
    const dial = throughHost(throughHost(outer.dial, "inner"), "router");
    const connection = await connect({ ...credentials, dial, verifyHostKey });
    expect(serializeXml(expectOk(await connection.session.rpc(getConfig("running"))))).toContain("first");
    expect([outer.logins.length, inner.logins.length]).toEqual([1, 1]);
    await connection.close();
    for (const login of [...inner.logins, ...outer.logins]) expect((await login.closed).kind).toBe("disconnected");
  });

  it("says which hop failed, with the code of what happened there", async () => {
    const inner = jumpHost({});
    const outer = jumpHost({ inner: inner.dial });
    const distrust = { verifyHostKey: trustFingerprints([]), name: "inner" };
    const cases: readonly [Dial, string, string][] = [
      [throughHost(outer.dial, "inner", { ...distrust, name: "outer" }), "host-key-rejected", 'jump host "outer":'],
      [throughHost(throughHost(outer.dial, "inner"), "router", distrust), "host-key-rejected", 'jump host "inner":'],
      [throughHost(outer.dial, "nowhere", { name: "outer" }), "channel-open-refused", 'to "nowhere:830"'],
      [
        throughHost(throughHost(outer.dial, "inner", { name: "outer" }), "nowhere"),
        "channel-open-refused",
        'jump host "inner:830":',
      ],
      [
        throughHost(outer.dial, "inner", { authentication: [{ method: "publickey", key: keys.stranger }], name: "x" }),
        "authentication-failed",
        'jump host "x":',
      ],
    ];
    for (const [dial, code, text] of cases) {
      const failure = await dial().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, message: expect.stringContaining(text) });
    }
    // No hop is left behind with a connection that nobody uses.
    for (const login of [...inner.logins, ...outer.logins]) await login.closed;
  });

  it("passes an abort on to the hop that is under way", async () => {
    const outer = jumpHost({
      stuck: ({ signal } = {}) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true })),
    });
    const abort = new AbortController();
    const dialling = throughHost(outer.dial, "stuck")({ signal: abort.signal });
    await expect.poll(() => outer.logins.length).toBe(1);
    abort.abort(new Error("enough"));
    await expect(dialling).rejects.toThrow("enough");
    await outer.logins[0]?.closed;
    await expect(throughHost(outer.dial, "stuck")({ signal: abort.signal })).rejects.toThrow("enough");
  });

  it("breaks the socket as a transport does when the way to the jump host breaks", async () => {
    const outer = jumpHost({ router: await device() });
    const below = await outer.dial();
    const socket = await throughHost(async () => below, "router", { name: "bastion" })();
    expect(socket.remote).toBe("router:830");
    await socket.read(); // the device's identification
    await below.close(new Error("power cut"));
    const failure = await socket.read().catch((error: unknown) => error);
    expect(isTransportError(failure)).toBe(true);
    expect(failure).toMatchObject({ code: "reset", message: expect.stringContaining('the jump host "bastion"') });
    await expect(socket.closed).rejects.toMatchObject({ layer: "transport", code: "reset" });
    await expect(socket.write(new Uint8Array(1))).rejects.toMatchObject({ layer: "transport" });
    await socket.close();
  });
});

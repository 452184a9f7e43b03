import { afterEach, describe, expect, it } from "vitest";
import { expectOk, getConfig, serializeXml, serve, trustFingerprints } from "../src/mod.ts";
import { connect } from "../src/slim.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function connectTo(hostKey: typeof keys.host) {
  const network = memoryNetwork();
  const service = serve({ ...(await makeDevice(hostKey)), listener: network.listener });
  stops.push(service.close);
  return connect({ ...credentials, dial: network.dial, verifyHostKey: trustFingerprints([fingerprintOf(hostKey)]) });
}

describe("connect() of netconf-kit/slim", () => {
  it("makes a session with a device of default settings, and closes it in good order", async () => {
    const { session, channel, close } = await connectTo(keys.host);
    expect(channel.security).toMatchObject({ kex: "mlkem768x25519-sha256", hostKey: "ssh-ed25519", strictKex: "yes" });
    expect(serializeXml(expectOk(await session.rpc(getConfig("running"))))).toContain("<hostname>first</hostname>");
    await close();
    expect(await session.closed).toEqual({ by: "local" });
  });

  it("refuses a device whose only host key is on a NIST curve", async () => {
    await expect(connectTo(keys.other)).rejects.toMatchObject({ layer: "ssh", code: "no-common-algorithm" });
  });
});

import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import {
  AddressList,
  type CallHomeEvent,
  callHome,
  callHomeOverSsh,
  type DeviceEntry,
  type DeviceListener,
  type DuplexSocket,
  formatPublicKey,
  type ListenCallHomeOptions,
  listenCallHome,
  outboundSshSecrets,
  type PrivateKey,
  type SshCredentials,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const router: DeviceEntry<SshCredentials> = { name: "router", fingerprints: [fingerprintOf(keys.host)], credentials };

/** A manager on a network where every connection comes from 10.0.0.9. */
function manage(
  dialect: NonNullable<DeviceListener<SshCredentials>["dialect"]>,
  devices: Iterable<DeviceEntry<SshCredentials>>,
  more: Partial<ListenCallHomeOptions> = {},
) {
  const network = memoryNetwork();
  const events: CallHomeEvent[] = [];
  const manager = listenCallHome({
    ...more,
    listeners: [{ listener: from("10.0.0.9:40000", network.listener), transport: callHomeOverSsh(), dialect }],
    devices,
    onEvent: (event) => void events.push(event),
  });
  stops.push(() => manager.close({ sessions: true }));
  return { manager, dial: network.dial, events };
}

/** The same listener, whose sockets say where they come from. */
function from(remote: string, listener: DeviceListener<SshCredentials>["listener"]): typeof listener {
  return {
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
    async *[Symbol.asyncIterator]() {
      for await (const socket of listener) yield Object.defineProperty(socket, "remote", { value: remote });
    },
  };
}

/** A device that says something before SSH. */
async function call(
  dial: () => Promise<DuplexSocket>,
  first: string | Uint8Array,
  hostKey?: PrivateKey,
): Promise<void> {
  const device = callHome({
    ...(await makeDevice(hostKey)),
    endpoints: [
      {
        name: "manager",
        dial: async () => {
          const socket = await dial();
          await socket.write(typeof first === "string" ? ascii(first) : first);
          return socket;
        },
      },
    ],
    policy: { retryInterval: 60_000 },
  });
  stops.push(device.stop.bind(device));
}

const rejected = (events: readonly CallHomeEvent[]) =>
  expect.poll(() => events.find((event) => event.kind === "rejected"), { timeout: 10_000 });

const keyText = (key: PrivateKey): string =>
  formatPublicKey({ type: key.type, publicBlob: key.publicBlob, comment: "" }).trim();

function preamble(device: string, key?: PrivateKey, secret = "s3cret"): string {
  const start = `MSG-ID: DEVICE-CONN-INFO\r\nMSG-VER: V1\r\nDEVICE-ID: ${device}\r\n`;
  if (key === undefined) return start;
  const hmac = createHmac("sha1", secret).update(keyText(key)).digest("hex");
  return `${start}HOST-KEY: ${keyText(key)}\r\nHMAC: ${hmac}\r\n`;
}

describe("listenCallHome() with a dialect", () => {
  it("takes a device through a listed balancer, and tells where it comes from", async () => {
    const { manager, dial, events } = manage({ balancers: new AddressList(["10.0.0.0/8"]) }, [router]);
    await call(dial, "PROXY TCP4 192.0.2.7 10.0.0.5 51000 4334\r\n");
    for await (const { device } of manager.sessions) {
      expect(device).toBe("router");
      break;
    }
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({ remote: "192.0.2.7:51000", by: "key" });
  });

  it("takes a device without anything before SSH as well", async () => {
    const { manager, dial } = manage({}, [router]);
    await call(dial, "");
    for await (const { device } of manager.sessions) {
      expect(device).toBe("router");
      break;
    }
  });

  it("knows a Junos device by the host key that its secret proves, though no entry has the key", async () => {
    const outboundSsh = outboundSshSecrets((device) => (device === "mx-7" ? "s3cret" : undefined));
    const { manager, dial, events } = manage({ outboundSsh }, [{ name: "mx-7", credentials }]);
    await call(dial, preamble("mx-7", keys.host));
    for await (const { device, peer } of manager.sessions) {
      expect(device).toBe("mx-7");
      expect(peer).toMatchObject({ fingerprint: fingerprintOf(keys.host) });
      break;
    }
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({ by: "lookup", lookup: "outbound-ssh" });
  });

  it("never takes a DEVICE-ID that nothing proves for an identity (RFC 8071 §3.1 C5)", async () => {
    const outboundSsh = outboundSshSecrets(() => undefined);
    const { dial, events } = manage({ outboundSsh }, [{ name: "mx-7", credentials }]);
    await call(dial, preamble("mx-7", keys.host));
    await rejected(events).toMatchObject({ reason: "unknown-identity" });
  });

  it("refuses a stranger who has heard a device's preamble and has another key", async () => {
    const outboundSsh = outboundSshSecrets(() => "s3cret");
    const { dial, events } = manage({ outboundSsh }, [{ name: "mx-7", credentials }]);
    await call(dial, preamble("mx-7", keys.host), keys.stranger);
    await rejected(events).toMatchObject({
      reason: "lookup-failed",
      device: undefined,
      error: { cause: { code: "outbound-ssh-wrong-host-key" } },
    });
    expect(events.some(({ kind }) => kind === "recognized")).toBe(false);
  });

  it.each([
    ["http-instead", "GET / HTTP/1.1\r\n\r\n"],
    ["tls-instead", Uint8Array.of(0x16, 3, 1, 2, 0, 1)],
    ["xml-instead", "<hello/>"],
    ["not-ssh", Uint8Array.of(0xff, 0, 1, 2)],
    ["limit-preamble", "text\n".repeat(4000)],
    ["proxy-header-unexpected", "PROXY TCP4 192.0.2.7 10.0.0.5 51000 4334\r\n"],
    ["outbound-ssh-wrong-hmac", preamble("mx-7", keys.host, "guessed")],
    ["outbound-ssh-unproved", preamble("mx-7")],
    ["outbound-ssh-malformed", "MSG-ID: DEVICE-CONN-INFO\r\nMSG-VER: V1\r\n"],
  ])("refuses %s by its name, and known devices go on", async (code, first) => {
    const { manager, dial, events } = manage({ outboundSsh: outboundSshSecrets(() => "s3cret") }, [router]);
    await call(dial, first);
    await rejected(events).toMatchObject({ reason: "secure-failed", error: { name: "DialectError", code } });
    await call(dial, "");
    for await (const { device } of manager.sessions) {
      expect(device).toBe("router");
      break;
    }
  });

  it("gives up on who says nothing, in the time that a first byte has", async () => {
    const { dial, events } = manage({}, [router], { firstByteTimeout: 20 });
    const socket = await dial();
    stops.push(() => socket.close());
    await rejected(events).toMatchObject({ reason: "timeout-first-byte" });
  });
});

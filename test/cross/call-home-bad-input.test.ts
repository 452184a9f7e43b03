import { X509Certificate } from "node:crypto";
import { listenTcp, tlsClient } from "@netconf-kit/node-adapter";
import { certificateFingerprint, readCertificate } from "@netconf-kit/tls";
import {
  type CallHomeEvent,
  callHomeOverSsh,
  callHomeOverTls,
  type DeviceManager,
  expectOk,
  get,
  listenCallHome,
  type SshCredentials,
} from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type IssuedCertificate, testAuthority } from "../support/test-authority.ts";
import {
  type BadCaller,
  badSshCallers,
  badTlsCallers,
  deviceOverSsh,
  deviceOverTls,
  goodKey,
  hmacSha1,
  JUNOS_ID,
  JUNOS_SECRET,
  managerKey,
  type Ports,
  victimKey,
} from "./call-home-bad-callers.ts";
import { fingerprintOf } from "./fault-lab.ts";

/*
 * One manager, for SSH and TLS at once, with a good device on each. Everything else that calls is wrong in one way: it has to be
 * refused with its own reason, and the good devices must not notice.
 */

const ca = testAuthority();
const otherAuthority = testAuthority("/CN=Another Authority");
const issue = (name: string, days: { readonly from?: number; readonly to?: number } = {}): IssuedCertificate =>
  ca.issue({ subject: `/CN=${name}`, altNames: `DNS:${name}.example.net`, ...days });
const good = issue("good");
const certificates = {
  expired: issue("victim", { from: -30, to: -1 }),
  early: issue("victim", { from: 1, to: 30 }),
  revoked: issue("victim"),
  unlisted: issue("unlisted"),
  stranger: otherAuthority.issue({ subject: "/CN=victim", altNames: "DNS:victim.example.net" }),
};
ca.revoke(certificates.revoked);

const events: CallHomeEvent[] = [];
const stops: (() => Promise<unknown>)[] = [];
let manager: DeviceManager<SshCredentials>;
let ports: Ports;

beforeAll(async () => {
  const [ssh, tls] = await Promise.all([listenTcp(), listenTcp()]);
  ports = { ssh: ssh.port, tls: tls.port };
  const own = ca.issue({ subject: "/CN=manager" });
  const credentials: SshCredentials = { username: "ops", authentication: [{ method: "publickey", key: managerKey }] };
  const secretOf = (id: string) => (id === JUNOS_ID ? JUNOS_SECRET : undefined);
  const authority = certificateFingerprint(readCertificate(new X509Certificate(ca.cert).raw));
  manager = listenCallHome({
    listeners: [
      { listener: ssh, transport: callHomeOverSsh(), dialect: { outboundSsh: { secretOf, hmacSha1 } } },
      {
        listener: tls,
        transport: callHomeOverTls(tlsClient({ cert: own.cert, key: own.key, ca: ca.cert, crl: ca.crl() })),
      },
    ],
    devices: [
      { name: "good over SSH", fingerprints: [fingerprintOf(goodKey)], credentials },
      { name: "good over TLS", certified: { authority, name: "good.example.net" } },
      { name: "victim", fingerprints: [fingerprintOf(victimKey)], credentials },
      { name: "victim over TLS", certified: { authority, name: "victim.example.net" } },
      { name: JUNOS_ID, credentials },
    ],
    firstByteTimeout: 500,
    onEvent: (event) => void events.push(event),
    onSession: () => {},
  });
  stops.push(() => manager.close({ sessions: true }));
  stops.push(await deviceOverSsh(ports.ssh, goodKey), await deviceOverTls(ports.tls, good, ca));
  await vi.waitFor(() => expect(manager.connected()).toHaveLength(2), { timeout: 10_000 });
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  ca.remove();
  otherAuthority.remove();
});

const table: string[] = [];
afterAll(() => console.log(["", ...table, ""].join("\n")));

const groups: readonly (readonly [string, readonly BadCaller[]])[] = [
  ["SSH", badSshCallers()],
  ["TLS", badTlsCallers(ca, certificates)],
];
describe.each(groups)(
  "what calls the %s port and is no device of ours is refused with its own reason",
  (where, callers) => {
    it.each(callers)("$name: $reason, $error.layer/$error.code", async ({ name, at, call, reason, error }) => {
      const before = events.length;
      const hangUp = await call(ports[at]);
      const rejected = () => events.slice(before).find((event) => event.kind === "rejected");
      await expect.poll(rejected, { timeout: 10_000 }).toMatchObject({
        reason,
        error: { ...error, rfc: expect.stringMatching(/\w/) },
      });
      await hangUp();
      await expect.poll(() => manager.connectingCount).toBe(0);
      // Nothing else has happened, to nobody else.
      const numbers = events.slice(before).map((event) => ("connection" in event ? event.connection : undefined));
      expect(new Set(numbers).size).toBe(1);
      expect(events.slice(before).filter(({ kind }) => kind === "rejected")).toHaveLength(1);
      const connected = manager.connected();
      expect(connected.map(({ device }) => device).sort()).toEqual(["good over SSH", "good over TLS"]);
      for (const { session } of connected) expectOk(await session.rpc(get({ filter: { subtree: [] } })));
      table.push(`  ${where}  ${name.padEnd(66)}  ${reason.padEnd(18)}  ${error.layer}/${error.code}`);
    });
  },
);

describe("what proves nothing gets nothing", () => {
  it("RFC 8071 §3.1 C5: only those that have proved a known key were ever recognized", () => {
    const recognized = events.filter((event) => event.kind === "recognized").map((event) => event.device);
    // The victim's own key, which its user or its hello then failed with; the good ones; nobody who only claimed something.
    expect(recognized.sort()).toEqual(["good over SSH", "good over TLS", "victim", "victim"]);
  });
});

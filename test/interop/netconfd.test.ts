import {
  child,
  commit,
  createSubscription,
  discardChanges,
  editConfig,
  expectOk,
  getConfig,
  lock,
  parseXml,
  textOf,
  unlock,
  validate,
  type XmlElement,
} from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import { connectTo, type PeerAccess, startOurManager, systemNamespace } from "./our-ends.ts";
import type { SshdAccess } from "./peers/openssh-netconfd.ts";
import { startNetconfd } from "./peers/openssh-netconfd.ts";
import { requirePeer } from "./peers/peers.ts";
import { callHomeWithSshd } from "./peers/sshd-inetd-callhome.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.runIf(requirePeer("netconfd") && requirePeer("openssh"))("our client with OpenSSH sshd and netconfd", () => {
  for (const [protocols, version] of [
    ["1.0", "1.0"],
    ["1.1", "1.1"],
    ["both", "1.1"],
  ] as const) {
    it(`reads, locks, edits, commits and is notified when the server has base ${protocols}`, async () => {
      const device = await startNetconfd({ protocols });
      stops.push(device.stop);
      const connection = await connectTo(device.port, accessOf(device));
      stops.push(connection.close);
      const { session } = connection;
      expect(session.version).toBe(version);

      const notifications = session.notifications()[Symbol.asyncIterator]();
      expectOk(await session.rpc(createSubscription()));
      expectOk(await session.rpc(lock("candidate")));
      expectOk(await session.rpc(editConfig("candidate", system("first"))));
      expectOk(await session.rpc(commit()));
      // Only now: after a validate netconfd takes the candidate for unchanged, and a commit does nothing.
      expectOk(await session.rpc(validate("candidate")));
      expect(hostname(expectOk(await session.rpc(getConfig("running"))))).toBe("first");

      expectOk(await session.rpc(editConfig("candidate", system("second"))));
      expect(hostname(expectOk(await session.rpc(getConfig("candidate"))))).toBe("second");
      expectOk(await session.rpc(discardChanges()));
      expect(hostname(expectOk(await session.rpc(getConfig("candidate"))))).toBe("first");
      expectOk(await session.rpc(unlock("candidate")));

      const { value: event } = await notifications.next();
      expect(event.content[0].name).toBe("netconf-config-change");
    });
  }

  it("gets a refusal as values: lock-denied with the session that holds the lock", async () => {
    const device = await startNetconfd();
    stops.push(device.stop);
    const [first, second] = [
      await connectTo(device.port, accessOf(device)),
      await connectTo(device.port, accessOf(device)),
    ];
    stops.push(first.close, second.close);
    expectOk(await first.session.rpc(lock("candidate")));
    const refused = await second.session.rpc(lock("candidate"));
    expect(refused).toMatchObject({ ok: false, errors: [{ tag: "lock-denied", type: "protocol", severity: "error" }] });
  });
});

describe.runIf(requirePeer("netconfd") && requirePeer("openssh"))(
  "our manager with sshd -i dialled out by socat",
  () => {
    it("serves a device whose SSH server is external", async () => {
      const device = await callHomeWithSshd();
      stops.push(device.stop);
      const manager = await startOurManager(accessOf(device));
      stops.push(manager.stop);
      device.dial(manager.port);
      const called = await manager.next();
      expect(called.device).toBe("peer");
      expectOk(await called.session.rpc(editConfig("candidate", system("called-home"))));
      expectOk(await called.session.rpc(commit()));
      expect(hostname(expectOk(await called.session.rpc(getConfig("running"))))).toBe("called-home");
      await called.session.close();
    });

    it("refuses and reports a device whose key it does not know", async () => {
      const device = await callHomeWithSshd();
      stops.push(device.stop);
      const manager = await startOurManager({
        ...accessOf(device),
        fingerprint: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      });
      stops.push(manager.stop);
      device.dial(manager.port);
      await expect.poll(() => manager.events.map((event) => event.kind), { timeout: 15_000 }).toContain("rejected");
      expect(manager.events.find((event) => event.kind === "rejected")).toMatchObject({
        reason: "unknown-identity",
        peer: { kind: "ssh-host-key", fingerprint: device.hostKey.fingerprint },
      });
    });
  },
);

function accessOf(device: SshdAccess): PeerAccess {
  return { fingerprint: device.hostKey.fingerprint, user: device.user, userKeyText: device.userKey.text };
}

function system(name: string): XmlElement {
  return parseXml(`<system xmlns="${systemNamespace}"><hostname>${name}</hostname></system>`);
}

function hostname(data: XmlElement): string | undefined {
  const found = child(data, "system", systemNamespace);
  const leaf = found && child(found, "hostname", systemNamespace);
  return leaf && textOf(leaf);
}

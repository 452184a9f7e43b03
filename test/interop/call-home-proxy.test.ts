import { child, commit, editConfig, expectOk, getConfig, parseXml, textOf, type XmlElement } from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import { type Running, startNetconf } from "../cross/run-netconf.ts";
import { type OurManager, type PeerAccess, startOurManager, systemNamespace } from "./our-ends.ts";
import { type SshdAccess, startNetconfd } from "./peers/openssh-netconfd.ts";
import { requirePeer } from "./peers/peers.ts";
import { callHomeWithSshd } from "./peers/sshd-inetd-callhome.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.runIf(requirePeer("netconfd") && requirePeer("openssh"))(
  "netconf call-home-proxy lets a device call home that has nothing but sshd",
  () => {
    it("with --exec: sshd -i gets the connection itself, and is called for again when a session ends", async () => {
      const device = await callHomeWithSshd();
      stops.push(device.stop);
      const manager = await managerOf(device);
      const proxy = startProxy(manager.port, ["--exec", device.command]);
      await renameAndClose(manager, "proxied");
      // It sees the manager as its peer, and no proxy in between.
      await proxy.until(new RegExp(`Connection from 127\\.0\\.0\\.1 port ${manager.port}`));
      expect(await hostnameSeenBy(manager)).toBe("proxied");
      expect(proxy.stderr()).toMatch(/answered[\s\S]*is over; next try in[\s\S]*answered/);
      await statusAndEnd(proxy, manager);
    });

    it("with --to: a server of this machine is called for", async () => {
      const device = await startNetconfd();
      stops.push(device.stop);
      const manager = await managerOf(device);
      const proxy = startProxy(manager.port, ["--to", `127.0.0.1:${device.port}`]);
      await renameAndClose(manager, "relayed");
      expect(await hostnameSeenBy(manager)).toBe("relayed");
      await statusAndEnd(proxy, manager);
    });

    it("with --to a server that is down: the manager is told by the end, and called again", async () => {
      const device = await startNetconfd();
      const manager = await managerOf(device);
      await device.stop();
      const proxy = startProxy(manager.port, ["--to", `127.0.0.1:${device.port}`]);
      await proxy.until(/failed: cannot connect to [\s\S]*failed: cannot connect to /);
      await expect
        .poll(() => manager.events.filter(({ kind }) => kind === "rejected").length, { timeout: 15_000 })
        .toBeGreaterThan(1);
      expect((await proxy.interrupt()).code).toBe(0);
    });
  },
);

async function managerOf(device: SshdAccess): Promise<OurManager> {
  const access: PeerAccess = {
    fingerprint: device.hostKey.fingerprint,
    user: device.user,
    userKeyText: device.userKey.text,
  };
  const manager = await startOurManager(access);
  stops.push(manager.stop);
  return manager;
}

function startProxy(port: number, options: readonly string[]): Running {
  const proxy = startNetconf(["call-home-proxy", `127.0.0.1:${port}`, "--retry-interval", "0.2", ...options]);
  stops.push(proxy.interrupt);
  return proxy;
}

async function renameAndClose(manager: OurManager, name: string): Promise<void> {
  const { session } = await manager.next();
  const content = parseXml(`<system xmlns="${systemNamespace}"><hostname>${name}</hostname></system>`);
  expectOk(await session.rpc(editConfig("candidate", content)));
  expectOk(await session.rpc(commit()));
  await session.close();
}

/** What the next call of the device shows. */
async function hostnameSeenBy(manager: OurManager): Promise<string | undefined> {
  const { session } = await manager.next();
  return hostname(expectOk(await session.rpc(getConfig("running"))));
}

function hostname(data: XmlElement): string | undefined {
  const system = child(data, "system", systemNamespace);
  const leaf = system && child(system, "hostname", systemNamespace);
  return leaf && textOf(leaf);
}

/** USR2 shows where the calls stand; Ctrl-C ends them, and the connection with them. */
async function statusAndEnd(proxy: Running, { port, events }: OurManager): Promise<void> {
  proxy.child.kill("SIGUSR2");
  await proxy.until(
    new RegExp(`manager: connected 127\\.0\\.0\\.1:${port}\\n {2}127\\.0\\.0\\.1:${port}: connected for`),
  );
  expect((await proxy.interrupt()).code).toBe(0);
  expect(proxy.stderr().match(/is over/g)).toHaveLength(2);
  await expect.poll(() => events.filter(({ kind }) => kind === "closed").length, { timeout: 5000 }).toBe(2);
}

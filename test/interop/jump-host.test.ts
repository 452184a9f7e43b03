import { dialTcp } from "@netconf-kit/node-adapter";
import {
  type Dial,
  dialJump,
  expectOk,
  getConfig,
  parsePrivateKey,
  serializeXml,
  trustFingerprints,
} from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import { connectTo, type PeerAccess, startOurServer } from "./our-ends.ts";
import { type OpensshNetconfd, startNetconfd } from "./peers/openssh-netconfd.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort, keyPair, tempFolder } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function sshd(sshdConfig: readonly string[] = []): Promise<OpensshNetconfd> {
  const host = await startNetconfd({ sshdConfig });
  stops.push(host.stop);
  return host;
}

function through(jump: OpensshNetconfd, port: number, via?: Dial): Dial {
  return dialJump({
    via: via ?? dialTcp({ host: "127.0.0.1", port: jump.port }),
    target: { host: "127.0.0.1", port },
    username: jump.user,
    verifyHostKey: trustFingerprints([jump.hostKey.fingerprint]),
    authentication: [{ method: "publickey", key: parsePrivateKey(jump.userKey.text) }],
  });
}

const accessOf = (device: OpensshNetconfd): PeerAccess => ({
  fingerprint: device.hostKey.fingerprint,
  user: device.user,
  userKeyText: device.userKey.text,
});

describe.runIf(requirePeer("netconfd") && requirePeer("openssh"))(
  "OpenSSH's sshd as a jump host (RFC 4254 §7.2)",
  () => {
    it("leads to another sshd with netconfd, and over two hops", async () => {
      const [jump, device] = [await sshd(), await sshd()];
      for (const dial of [through(jump, device.port), through(device, device.port, through(jump, device.port))]) {
        const { session, close } = await connectTo(0, accessOf(device), {}, dial);
        expect(serializeXml(expectOk(await session.rpc(getConfig("running"))))).toContain("<");
        await close();
      }
      await expect.poll(jump.sshdLog, { timeout: 10_000 }).toContain("direct-tcpip");
    });

    it("carries a reply of megabytes from our own server, while keys change on the way", async () => {
      const jump = await sshd(["RekeyLimit 256K"]);
      const folder = tempFolder();
      stops.push(folder.remove);
      const userKey = keyPair("ed25519", folder.path);
      const device = await startOurServer({ authorizedKeyLine: userKey.publicLine, interfaces: 20_000 });
      stops.push(device.stop);
      const access = { fingerprint: device.fingerprint, user: "ops", userKeyText: userKey.text };
      const { session, close } = await connectTo(0, access, {}, through(jump, device.port));
      const text = serializeXml(expectOk(await session.rpc(getConfig("running"), { timeout: 60_000 })));
      expect(text.match(/<name>eth\d+<\/name>/g)?.length).toBe(20_000);
      await close();
      const keyChanges = () => jump.sshdLog().match(/rekey|SSH2_MSG_KEXINIT sent/g)?.length ?? 0;
      await expect.poll(keyChanges, { timeout: 10_000 }).toBeGreaterThan(3);
    });

    it("says that the jump host refuses, or that nobody is there", async () => {
      const strict = await sshd(["AllowTcpForwarding no"]);
      const prohibited = await through(strict, 830)().catch((error: unknown) => error);
      expect(prohibited).toMatchObject({ code: "channel-open-refused", message: expect.stringContaining("reason 1") });
      const open = await sshd();
      const unused = await freePort();
      const failed = await through(open, unused)().catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: "channel-open-refused", message: expect.stringContaining("reason 2") });
      expect(failed).toMatchObject({ message: expect.stringContaining(`jump host "127.0.0.1:${open.port}"`) });
    });
  },
);

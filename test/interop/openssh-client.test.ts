import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeOurCaller, startOurServer } from "./our-ends.ts";
import { converse, netconfSession } from "./peers/conversation.ts";
import { startOpensshClient } from "./peers/openssh-client.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort, type KeyPair, keyPair, tempFolder } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
let userKey: KeyPair;
beforeEach(() => {
  const folder = tempFolder();
  stops.push(folder.remove);
  userKey = keyPair("ed25519", folder.path);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const readAll = "<get-config><source><running/></source></get-config>";

describe.runIf(requirePeer("openssh"))("OpenSSH's ssh and our server", () => {
  it("changes its keys in the middle of a large reply, and every byte arrives", async () => {
    const device = await startOurServer({ authorizedKeyLine: userKey.publicLine, interfaces: 20_000 });
    stops.push(device.stop);
    const { port, hostKeyLine } = device;
    const ssh = await startOpensshClient({
      port,
      user: "ops",
      userKeyFile: userKey.file,
      hostKeyLine,
      settings: ["RekeyLimit=256K"],
    });
    stops.push(ssh.stop);
    const answers = await converse(ssh, netconfSession("1.1", [readAll]), 40_000);
    const names = (answers[1] ?? "").match(/<name>eth\d+<\/name>/g) ?? [];
    expect(names.length).toBe(20_000);
    expect(new Set(names).size).toBe(20_000);
    expect(await ssh.exited(30_000)).toBe(0);
    expect(ssh.errors().match(/rekey|SSH2_MSG_KEXINIT sent/g)?.length ?? 0).toBeGreaterThan(3);
  });

  for (const listen of ["fdpass", "socat"] as const) {
    it(`is a Call Home manager (${listen}) for our device`, async () => {
      const caller = await makeOurCaller({ authorizedKeyLine: userKey.publicLine });
      stops.push(caller.stop);
      const port = await freePort();
      const { hostKeyLine } = caller;
      const ssh = await startOpensshClient({ port, user: "ops", userKeyFile: userKey.file, hostKeyLine, listen });
      stops.push(ssh.stop);
      caller.call(port);
      const answers = await converse(ssh, netconfSession("1.0", [readAll]), 20_000);
      expect(answers[1]).toContain("<name>eth1</name>");
    });
  }

  it("is told when it asks for a subsystem that is none of ours", async () => {
    const device = await startOurServer({ authorizedKeyLine: userKey.publicLine });
    stops.push(device.stop);
    const { port, hostKeyLine } = device;
    const ssh = await startOpensshClient({
      port,
      user: "ops",
      userKeyFile: userKey.file,
      hostKeyLine,
      subsystem: "sftp",
      input: "",
    });
    stops.push(ssh.stop);
    expect(await ssh.exited(30_000)).not.toBe(0);
    expect(ssh.errors()).toContain("subsystem request failed");
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { base, ifNamespace, makeOurCaller, startOurServer } from "./our-ends.ts";
import { type NcclientResult, ncclientCallHome, ncclientConnect, ncclientScript } from "./peers/ncclient.ts";
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

const script = ncclientScript(
  configOf("<interface><name>eth1</name><description>changed once</description></interface>"),
  configOf("<interface><name>eth1</name><description>changed twice</description></interface>"),
  `<interfaces xmlns="${ifNamespace}"><interface><name>eth1</name></interface></interfaces>`,
);

describe.runIf(requirePeer("ncclient"))("ncclient and our server", () => {
  it("does a manager's working day after connect()", async () => {
    const device = await startOurServer({ authorizedKeyLine: userKey.publicLine });
    stops.push(device.stop);
    const { port, hostKeyBase64 } = device;
    expectWorkingDay(await ncclientConnect({ port, user: "ops", userKeyFile: userKey.file, hostKeyBase64, script }));
  });

  it("does a manager's working day after manager.call_home() with our device", async () => {
    const caller = await makeOurCaller({ authorizedKeyLine: userKey.publicLine });
    stops.push(caller.stop);
    const port = await freePort();
    const { hostKeyBase64 } = caller;
    const manager = await ncclientCallHome({ port, user: "ops", userKeyFile: userKey.file, hostKeyBase64, script });
    stops.push(manager.stop);
    caller.call(port);
    expectWorkingDay(await manager.result());
  });

  it("logs in with a password", async () => {
    const device = await startOurServer({
      authorizedKeyLine: userKey.publicLine,
      password: { username: "ops", password: "correct horse" },
    });
    stops.push(device.stop);
    const { port, hostKeyBase64 } = device;
    const right = await ncclientConnect({ port, user: "ops", password: "correct horse", hostKeyBase64 });
    expect(right).toMatchObject({ connected: true });
    const wrong = await ncclientConnect({ port, user: "ops", password: "battery staple", hostKeyBase64 });
    expect(wrong).toMatchObject({ connected: false });
  });
});

function expectWorkingDay(result: NcclientResult): void {
  expect(result.error).toBeUndefined();
  expect(result).toMatchObject({ connected: true, base: "1.1" });
  const steps = result.steps ?? [];
  expect(steps.map((step) => step.do)).toEqual(script.map((step) => step.do));
  for (const step of steps) {
    if (step.do === "rpc") expect(step.rpcError).toMatchObject({ tag: "operation-not-supported", severity: "error" });
    else expect(step, JSON.stringify(step)).toMatchObject({ ok: true });
  }
  expect(steps[5]?.data).toContain("changed once");
  expect(steps[10]?.data).toContain("changed once");
  expect(steps.at(-1)?.data).toContain("netconf-config-change");
}

function configOf(content: string): string {
  return `<config xmlns="${base}"><interfaces xmlns="${ifNamespace}">${content}</interfaces></config>`;
}

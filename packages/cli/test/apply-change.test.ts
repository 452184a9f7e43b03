import { dialTcp } from "@netconf-kit/node-adapter";
import { type ClientSession, connect, generateKey, type Operation, parseXml, trustFingerprints } from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyChange } from "../src/apply-change.ts";
import { random, startDevice, systemNamespace, type TestDevice } from "./device.ts";

let device: TestDevice;
const key = generateKey("ssh-ed25519", random);
beforeAll(async () => {
  device = await startDevice(key);
});
afterAll(() => device.stop());

/** A session with a device that says ok to a commit and does nothing, as netconfd does after a validate. */
function withIdleCommit(session: ClientSession): ClientSession {
  const rpc = (operation: Operation<unknown>, options?: object): unknown =>
    operation.name === "commit" ? Promise.resolve({ ok: true, value: undefined }) : session.rpc(operation, options);
  return { capabilities: session.capabilities, rpc } as unknown as ClientSession;
}

describe("applyChange", () => {
  it("RFC 6241 §8.3.4.1: finds out that a commit has had no effect", async () => {
    const { session, close } = await connect({
      dial: dialTcp({ host: "127.0.0.1", port: device.port }),
      username: "ops",
      verifyHostKey: trustFingerprints([device.fingerprint]),
      authentication: [{ method: "publickey", key }],
    });
    const told: string[] = [];
    const applying = applyChange(withIdleCommit(session), {
      config: [parseXml(`<system xmlns="${systemNamespace}"><hostname>r2</hostname></system>`)],
      confirmTimeout: 60,
      signal: new AbortController().signal,
      agree: () => Promise.resolve(true),
      tell: (line) => told.push(line),
    });
    await expect(applying).rejects.toMatchObject({ code: "commit-without-effect", fault: "peer" });
    expect(told).toEqual([]);
    await close();
  });
});

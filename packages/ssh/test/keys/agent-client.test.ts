import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { sshAgent } from "@netconf-kit/node-adapter";
import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521 } from "../../src/algorithms/signatures/ecdsa.ts";
import { sshEd25519 } from "../../src/algorithms/signatures/ed25519.ts";
import { rsaSha256, rsaSha512 } from "../../src/algorithms/signatures/rsa.ts";
import { connectAgent, type SshAgent } from "../../src/keys/agent-client.ts";
import { AgentFrameReader, maxAgentMessage } from "../../src/keys/agent-frames.ts";
import { certificateAlgorithm } from "../../src/keys/certificate-algorithm.ts";
import { parsePublicKey } from "../../src/keys/parse-public-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { codeOf } from "./fixtures.ts";
import { keyFolder } from "./tools.ts";

const data = new TextEncoder().encode("to be signed");
const key = generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(7));
const identities = (...blobs: readonly Uint8Array[]) => {
  const writer = new SshWriter().u8(12).u32(blobs.length);
  for (const blob of blobs) writer.string(blob).text("comment\u001b[31m");
  return writer.take();
};
const frame = (message: Uint8Array) => new SshWriter().string(message).take();

describe("AgentFrameReader", () => {
  it("gives the same messages for every split", () => {
    const bytes = Buffer.concat([frame(Uint8Array.of(5)), frame(identities(key.publicBlob)), frame(Uint8Array.of(6))]);
    for (let at = 0; at <= bytes.length; at++) {
      const reader = new AgentFrameReader();
      const messages = [...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at))];
      expect(messages.map((message) => message[0])).toEqual([5, 12, 6]);
      expect(reader.midMessage).toBe(false);
    }
  });

  it("takes a message of 256 KiB and not one byte more, and none of 0 bytes", () => {
    const announce = (length: number) => new SshWriter().u32(length).take();
    expect(new AgentFrameReader().push(announce(maxAgentMessage))).toEqual([]);
    for (const length of [0, maxAgentMessage + 1, 0xffffffff])
      expect(codeOf(() => new AgentFrameReader().push(announce(length)))).toBe("agent-protocol");
  });
});

describe("connectAgent", () => {
  /** An agent that answers each request with the next of these bytes, framed or not, and then ends. */
  function scripted(...answers: readonly Uint8Array[]): { agent: SshAgent; peer: DuplexSocket } {
    const [ours, peer] = memoryPair();
    void (async () => {
      for (const answer of answers) {
        if ((await peer.read()) === undefined) return;
        await peer.write(answer);
      }
      await peer.read();
      await peer.closeWrite();
      // A client that gives up resets the stream.
    })().catch(() => {});
    return { agent: connectAgent(ours), peer };
  }

  it("lists keys, with comments fit for a terminal, and leaves out DSA", async () => {
    const dsa = new SshWriter().text("ssh-dss").text("x").take();
    const { agent } = scripted(frame(identities(key.publicBlob, dsa)));
    const keys = await agent.keys();
    expect(keys.map(({ type, comment, algorithms }) => [type, comment, algorithms])).toEqual([
      ["ssh-ed25519", "comment\\u{1b}[31m", ["ssh-ed25519"]],
    ]);
    await agent.close();
  });

  it("keeps answers in the order of the questions, also when one has been aborted", async () => {
    const other = generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(8));
    const [ours, peer] = memoryPair();
    const agent = connectAgent(ours);
    const controller = new AbortController();
    const aborted = agent.keys({ signal: controller.signal });
    const second = agent.keys();
    controller.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    await peer.write(Buffer.concat([frame(identities(key.publicBlob)), frame(identities(other.publicBlob))]));
    expect((await second)[0]?.publicBlob).toEqual(other.publicBlob);
    await agent.close();
  });

  const signatureOf = (algorithm: string) =>
    new SshWriter()
      .u8(14)
      .string(new SshWriter().text(algorithm).string(Uint8Array.of(1)).take())
      .take();
  const listed = frame(identities(key.publicBlob));
  const cases: readonly [string, string, readonly Uint8Array[]][] = [
    ["refuses to sign", "agent-refused", [listed, frame(Uint8Array.of(5))]],
    ["answers something else", "agent-protocol", [listed, frame(Uint8Array.of(6))]],
    ["signs with another algorithm", "agent-protocol", [listed, frame(signatureOf("ssh-rsa"))]],
    ["cuts its answer off", "agent-protocol", [listed, frame(signatureOf("ssh-ed25519").subarray(0, 9))]],
    ["adds bytes to its answer", "agent-protocol", [listed, frame(Buffer.concat([signatureOf("ssh-ed25519"), data]))]],
    ["announces too much", "agent-protocol", [listed, Uint8Array.of(0xff, 0xff, 0xff, 0xff)]],
    ["ends", "agent-closed", [listed]],
    ["ends within an answer", "agent-closed", [listed, Uint8Array.of(0, 0)]],
  ];
  for (const [what, code, answers] of cases)
    it(`says ${code} when the agent ${what}`, async () => {
      const { agent, peer } = scripted(...answers);
      const [signer] = await agent.keys();
      const signing = signer!.sign(data, "ssh-ed25519");
      if (what === "ends within an answer") void wait(5).then(() => peer.closeWrite());
      await expect(signing).rejects.toMatchObject({ name: "SshError", code });
      await agent.close();
    });

  it("refuses a list whose count is larger than what follows", async () => {
    const { agent } = scripted(frame(new SshWriter().u8(12).u32(0x3fffffff).take()));
    await expect(agent.keys()).rejects.toMatchObject({ code: "agent-protocol" });
  });

  it("says agent-protocol to everybody when an answer comes unasked", async () => {
    const [ours, peer] = memoryPair();
    const agent = connectAgent(ours);
    await peer.write(frame(Uint8Array.of(6)));
    await expect(peer.read()).rejects.toMatchObject({ code: "reset" });
    await expect(agent.keys()).rejects.toMatchObject({ code: "agent-protocol" });
  });

  it("lets 64 requests wait and refuses the 65th, and all of them when closed", async () => {
    const [ours] = memoryPair();
    const agent = connectAgent(ours);
    const waiting = Array.from({ length: 64 }, () => agent.keys().catch((error) => error.code));
    await expect(agent.keys()).rejects.toMatchObject({ code: "local-usage" });
    await agent.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["agent-closed"]));
    await expect(agent.keys()).rejects.toMatchObject({ code: "agent-closed" });
  });

  it("refuses to sign with an algorithm that the key does not do, or more than a message holds", async () => {
    const { agent } = scripted(listed);
    const [signer] = await agent.keys();
    await expect(signer!.sign(data, "rsa-sha2-512")).rejects.toMatchObject({ code: "local-usage" });
    await expect(signer!.sign(new Uint8Array(maxAgentMessage), "ssh-ed25519")).rejects.toMatchObject({
      code: "local-usage",
    });
    await agent.close();
  });
});

describe.runIf(requirePeer("openssh"))("against ssh-agent", () => {
  const folder = keyFolder();
  const path = join(folder.write("unused", ""), "..", "agent");
  let stop = (): void => {};
  afterAll(() => {
    stop();
    folder.remove();
  });

  beforeAll(async () => {
    const process = spawn("ssh-agent", ["-D", "-a", path], { stdio: "ignore" });
    stop = () => void process.kill();
    await once(process, "spawn");
    for (let i = 0; i < 200 && !existsSync(path); i++) await wait(10);
  });

  it("lists the keys that ssh-add added, certificates too, and signs with all of them in every way", async () => {
    const types = [
      ["ed25519", "256"],
      ["ecdsa", "256"],
      ["ecdsa", "384"],
      ["ecdsa", "521"],
      ["rsa", "2048"],
    ] as const;
    folder.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ca");
    for (const [type, bits] of types) {
      const name = `${type}${bits}`;
      folder.run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", name, "-C", name);
      if (type !== "ecdsa") folder.run("ssh-keygen", "-q", "-s", "ca", "-I", "id", "-n", "me", `${name}.pub`);
      folder.run("env", `SSH_AUTH_SOCK=${path}`, "ssh-add", "-q", name);
    }
    const plain = [sshEd25519, ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521, rsaSha512, rsaSha256];
    const all = [...plain, ...plain.map(certificateAlgorithm)];
    await using agent = connectAgent(await sshAgent({ path }));
    const keys = await agent.keys();
    expect(keys.map(({ comment }) => comment)).toEqual([
      ...["ed25519256", "ed25519256", "ecdsa256", "ecdsa384", "ecdsa521", "rsa2048", "rsa2048"],
    ]);
    expect(keys[0]?.publicBlob).toEqual(parsePublicKey(folder.read("ed25519256.pub")).publicBlob);
    const signatures = keys.flatMap((each) => each.algorithms.map((name) => ({ each, name })));
    expect(signatures.length).toBe(9);
    await Promise.all(
      signatures.map(async ({ each, name }) => {
        const signature = await each.sign(data, name);
        const algorithm = all.find((one) => one.name === name);
        expect([name, algorithm?.verify(nobleProvider, each.publicBlob, data, signature)]).toEqual([name, true]);
      }),
    );
  });

  it("says agent-refused for a key that has been taken away meanwhile", async () => {
    await using agent = connectAgent(await sshAgent({ path }));
    const [first] = await agent.keys();
    folder.run("env", `SSH_AUTH_SOCK=${path}`, "ssh-add", "-q", "-D");
    await expect(first!.sign(data, first!.algorithms[0]!)).rejects.toMatchObject({ code: "agent-refused" });
    expect(await agent.keys()).toEqual([]);
  });

  it("cannot be reached where there is no socket: a transport error", async () => {
    await expect(sshAgent({ path: `${path}-none` })).rejects.toMatchObject({ name: "TransportError", code: "failed" });
    await expect(sshAgent({ path: "" })).rejects.toMatchObject({ name: "TransportError", code: "failed" });
    await expect(sshAgent({ path, signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });
});

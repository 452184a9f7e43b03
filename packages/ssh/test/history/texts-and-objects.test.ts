import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { defaultClientAlgorithms, defaultServerAlgorithms } from "../../src/algorithms/registry.ts";
import { legacyAlgorithms } from "../../src/legacy.ts";
import { encodeUserauthBanner, encodeUserauthInfoRequest } from "../../src/messages/auth-reply.ts";
import { encodeUserauthRequest } from "../../src/messages/auth-request.ts";
import { encodeChannelRequest } from "../../src/messages/channel.ts";
import { encodeChannelOpenFailure } from "../../src/messages/connection.ts";
import { encodeDebug, encodeDisconnect, encodeExtInfo } from "../../src/messages/transport.ts";
import { connectAgent } from "../../src/mod.ts";
import type { SshClientMachine } from "../../src/session/client-machine.ts";
import type { SshServerMachine } from "../../src/session/server-machine.ts";
import { errorOf, MachinePair } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { loginRequest, newMachine, opened, say } from "./stand.ts";

const EVIL = "\u001b]0;owned\u0007\u001b[2J\u009b31m\r\u202etxt.exe\u0000";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe("terminal injection: Go, libssh, OpenSSH", () => {
  it("no control character of a peer comes out in an event", () => {
    const { machine, peer } = opened("client", "authentication");
    const texts: string[] = [];
    peer.send(encodeUserauthBanner({ type: "userauthBanner", message: EVIL, languageTag: "" }));
    peer.send(encodeDebug({ type: "debug", alwaysDisplay: true, message: EVIL, languageTag: EVIL }));
    machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent())
      if ("text" in event) texts.push(event.text);
    expect(texts.length).toBe(2);
    for (const text of texts) expect(text).not.toMatch(CONTROL);
    // It is not thrown away: who reads it sees that somebody has tried.
    expect(texts[0]).toContain("owned");
  });

  it("nor in a question to the user", () => {
    const { machine, peer } = opened("client", "service");
    const client = machine as SshClientMachine;
    client.login("ada", [{ method: "keyboard-interactive", respond: () => [] }]);
    peer.transport.enter("authentication");
    peer.send(Uint8Array.from([6, 0, 0, 0, 12, ...Buffer.from("ssh-userauth")]));
    machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
    peer.send(
      encodeUserauthInfoRequest({
        type: "userauthInfoRequest",
        name: EVIL,
        instruction: EVIL,
        languageTag: "",
        prompts: [{ prompt: EVIL, echo: false }],
      }),
    );
    machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
    const event = client.nextEvent();
    if (event?.type !== "responsesNeeded") throw new Error("no question came");
    const { name, instruction, prompts } = event.request;
    for (const text of [name, instruction, prompts[0]?.prompt]) expect(text).not.toMatch(CONTROL);
  });

  it("nor in an error: farewell, refused channel, signal, version, algorithm list", () => {
    const messages: string[] = [];
    const bye = encodeDisconnect({ type: "disconnect", reason: 2, description: EVIL, languageTag: "" });
    const first = opened("client");
    messages.push(errorOf(() => say(first.peer, first.machine, bye)).message);

    const second = opened("client");
    const recipientChannel = (second.machine as SshClientMachine).openChannel({ kind: "subsystem", name: "x" });
    const failure = { recipientChannel, reason: 2, description: EVIL, languageTag: "" };
    second.peer.send(encodeChannelOpenFailure({ type: "channelOpenFailure", ...failure }));
    second.machine.receive(second.peer.transport.takeOutput() ?? new Uint8Array(0));
    const failed = second.machine.nextEvent();
    if (failed?.type === "channelFailed") messages.push(failed.error.message);

    const line = new TextEncoder().encode(`SSH-2.0-${EVIL}\n`);
    messages.push(errorOf(() => newMachine("client").receive(line)).message);
    messages.push(errorOf(() => newMachine("server").receive(new TextEncoder().encode(EVIL))).message);
    expect(messages.length).toBe(4);
    for (const message of messages) expect(message).not.toMatch(CONTROL);
  });

  it("nor does a secret: errors of a failed login name methods, not passwords", () => {
    const pair = new MachinePair({
      methods: [{ method: "password", password: "hunter2" }],
      decide: () => ({ accept: false }),
    });
    const error = errorOf(() => pair.run());
    expect(JSON.stringify([error.message, error.stack, { ...error }])).not.toContain("hunter2");
    expect(JSON.stringify(pair.clientEvents.filter(({ type }) => type === "methodFailed"))).not.toContain("hunter2");
  });
});

describe("names that are names of every object: __proto__, constructor, toString", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];

  it("as a user they are asked about like any other, and log in like any other", () => {
    for (const username of names) {
      const { machine: server, peer } = opened("server", "authentication");
      const users: string[] = [];
      peer.takeNumbers();
      peer.send(loginRequest(username, "secret"));
      peer.exchange(server, {
        decide: (attempt) => {
          users.push(attempt.username);
          return { accept: true };
        },
      });
      expect(users).toEqual([username]);
      expect(peer.takeNumbers()).toEqual([52]);
    }
  });

  it("as method, subsystem, request and extension they are unknown and do no harm", () => {
    for (const name of names) {
      const login = opened("server", "authentication");
      login.peer.takeNumbers();
      const method = { name: "unknown", method: name, data: new Uint8Array(0) } as const;
      const request = { username: "ada", service: "ssh-connection", method };
      say(login.peer, login.machine, encodeUserauthRequest({ type: "userauthRequest", ...request }));
      expect(login.peer.takeNumbers()).toEqual([51]);

      const extensions = new Map([[name, new Uint8Array(3)]]);
      const { machine, peer } = opened("client", "authentication");
      const events = say(peer, machine, encodeExtInfo({ type: "extInfo", extensions }), Uint8Array.of(52));
      expect(events).toEqual(["ready"]);

      const pair = new MachinePair({
        client: { algorithms: quickCrypto },
        server: { algorithms: quickCrypto, hostKeys: [quickSigner] },
      });
      pair.run();
      pair.client.openChannel({ kind: "subsystem", name });
      pair.run();
      expect(pair.serverEvent("subsystemRequested")).toMatchObject({ name });
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBe(undefined);
  });

  it("as a kind of channel request they get a FAILURE", () => {
    const { machine, peer } = opened("server");
    say(
      peer,
      machine,
      Uint8Array.from([90, 0, 0, 0, 7, ...Buffer.from("session"), 0, 0, 0, 3, 0, 0, 9, 9, 0, 0, 9, 9]),
    );
    const request = { name: "unknown", request: "__proto__", data: new Uint8Array(0) };
    const bytes = encodeChannelRequest({
      type: "channelRequest",
      recipientChannel: 0,
      wantReply: true,
      request: { ...request, name: "subsystem", subsystem: "x" },
    });
    // "subsystem" becomes "__proto__": as long as each other.
    bytes.set(new TextEncoder().encode("__proto__"), 9);
    peer.takeNumbers();
    expect(say(peer, machine, bytes)).toEqual([]);
    expect(peer.takeNumbers()).toEqual([100]);
  });
});

describe("memory that somebody else still holds", () => {
  const quick = { client: { algorithms: quickCrypto }, server: { algorithms: quickCrypto, hostKeys: [quickSigner] } };

  it("bytes changed after a write arrive as they were", () => {
    const pair = new MachinePair(quick);
    const { client } = pair.openChannel();
    const bytes = Uint8Array.of(1, 2, 3);
    pair.client.writeChannel(client, bytes, 1 << 20);
    bytes.fill(9);
    pair.run();
    expect(pair.serverEvent("channelData")?.bytes).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("a chunk changed after it was received in part counts as it was", () => {
    const { machine, peer } = opened("server");
    peer.send(encodeDebug({ type: "debug", alwaysDisplay: true, message: "as it was", languageTag: "" }));
    const packet = (peer.transport.takeOutput() ?? new Uint8Array(0)).slice();
    const half = packet.slice(0, 20);
    machine.receive(half);
    half.fill(0);
    machine.receive(packet.subarray(20));
    expect(machine.nextEvent()).toMatchObject({ type: "debug", text: "as it was" });
  });

  it("data handed out does not change when more comes", () => {
    const pair = new MachinePair(quick);
    const { client } = pair.openChannel();
    const kept: Uint8Array[] = [];
    for (let i = 0; i < 50; i++) {
      pair.client.writeChannel(client, new Uint8Array(500).fill(i), 1 << 20);
      pair.run();
      const event = pair.serverEvent("channelData");
      if (event !== undefined) kept.push(event.bytes);
    }
    expect(kept.length).toBe(50);
    for (const [i, bytes] of kept.entries()) expect(bytes.every((byte) => byte === i)).toBe(true);
  });

  it("a decision that is awaited lets nothing else through: the next request waits", () => {
    const { machine, peer } = opened("server", "authentication");
    const server = machine as SshServerMachine;
    for (const password of ["first", "second"]) peer.send(loginRequest("ada", password));
    server.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
    expect(server.nextEvent()).toMatchObject({ type: "authAttempt", attempt: { password: "first" } });
    expect(server.nextEvent()).toBe(undefined);
    server.decide({ accept: false });
    expect(server.nextEvent()).toMatchObject({ type: "authAttempt", attempt: { password: "second", failures: 1 } });
  });

  it("every key that was made is destroyed when the connection ends, and old ones when keys change", () => {
    const alive = new Set<object>();
    const watched = <T extends { destroy(): void }>(key: T): T => {
      const twin = {
        ...key,
        destroy: () => {
          alive.delete(twin);
          key.destroy();
        },
      };
      alive.add(twin);
      return twin;
    };
    const provider: CryptoProvider = {
      ...nobleProvider,
      hmacKey: (name, key) => watched(nobleProvider.hmacKey(name, key)),
      aesCtr: (key, block) => watched(nobleProvider.aesCtr(key, block)),
      aesGcm: (key) => watched(nobleProvider.aesGcm(key)),
      chacha20: (key) => watched(nobleProvider.chacha20(key)),
    };
    for (const cipher of defaultClientAlgorithms.cipher) {
      const algorithms = { ...quickCrypto, cipher: [cipher] };
      const pair = new MachinePair({
        client: { algorithms, provider },
        server: { algorithms, hostKeys: [quickSigner] },
      });
      pair.run();
      const inUse = alive.size;
      expect(inUse, cipher.name).toBeGreaterThanOrEqual(2);
      pair.client.rekey();
      pair.run();
      expect(alive.size, cipher.name).toBe(inUse);
      pair.client.close();
      expect(alive.size, cipher.name).toBe(0);
    }
  });
});

describe("agent and security keys", () => {
  it("an agent's message of 256 KiB and a byte ends the agent, before it has come", async () => {
    const [left, right] = memoryPair();
    const listing = connectAgent(left).keys();
    await right.write(Uint8Array.of(0, 4, 0, 1));
    await expect(listing).rejects.toMatchObject({ code: "agent-protocol" });
  });

  it("no signature of a security key is taken: there is no flag of user presence to forget", () => {
    const everything = legacyAlgorithms({ dangerouslyAllow: ["sha1-signatures"] });
    for (const { hostKey } of [defaultClientAlgorithms, defaultServerAlgorithms, everything])
      expect(hostKey.filter(({ name }) => name.startsWith("sk-") || name.startsWith("webauthn-"))).toEqual([]);
  });
});

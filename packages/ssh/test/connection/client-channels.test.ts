import { describe, expect, it } from "vitest";
import { defaultConnectionLimits } from "../../src/connection/limits.ts";
import { decodeChannelOpen, encodeChannelOpenFailure } from "../../src/messages/connection.ts";
import { errorOf, MachinePair } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";

import { CLOSE, ClientCase, data, NO_DATA, netconf, open, request, signal } from "./channel-cases.ts";

describe("channels of a client", () => {
  it("ask for 2 MiB and packets of 32 KiB, then for the subsystem", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel(netconf);
    test.peer.transport.receive(test.client.takeOutput() ?? NO_DATA);
    expect(decodeChannelOpen(test.peer.received.pop() ?? NO_DATA)).toMatchObject({
      channelType: "session",
      initialWindowSize: 2 * 1024 * 1024,
      maximumPacketSize: 128 * 1024,
    });
    expect(test.say(test.confirm(channel))).toEqual([98]);
    test.say(signal("channelSuccess", channel));
    expect(test.event("channelReady")).toMatchObject({ channel });
  });

  it("name the refusal of the channel and of the subsystem, with text fit for a terminal", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel(netconf);
    const description = "no \u001b[31mway";
    test.say(
      encodeChannelOpenFailure({
        type: "channelOpenFailure",
        recipientChannel: channel,
        reason: 2,
        description,
        languageTag: "",
      }),
    );
    expect(test.event("channelFailed")).toMatchObject({
      channel,
      error: { code: "channel-open-refused", fault: "peer" },
    });
    expect(test.event("channelFailed")?.error.message).toContain('"no \\u{1b}[31mway"');
    const second = test.client.openChannel(netconf);
    test.say(test.confirm(second));
    expect(test.say(signal("channelFailure", second))).toEqual([CLOSE]);
    expect(test.event("channelFailed")).toMatchObject({ channel: second, error: { code: "subsystem-refused" } });
    const third = test.client.openChannel(netconf);
    test.say(test.confirm(third));
    expect(test.say(signal("channelClose", third))).toEqual([CLOSE]);
    expect(test.event("channelFailed")).toMatchObject({ channel: third, error: { code: "subsystem-refused" } });
  });

  it("are not opened by a server", () => {
    for (const type of ["session", "forwarded-tcpip", "x11"]) {
      const test = new ClientCase();
      // The raw server's own table refuses the answer, because a server never opens channels: its name shows what it was.
      expect(errorOf(() => test.say(open(type, 1))).message).toContain("SSH_MSG_CHANNEL_OPEN_FAILURE");
      expect(test.client.failure).toBe(undefined);
    }
  });

  it("end the connection for a confirmation that nobody asked for, or a second one", () => {
    const test = new ClientCase();
    expect(errorOf(() => test.say(test.confirm(0))).code).toBe("channel-protocol");
    const twice = new ClientCase();
    const channel = twice.client.openChannel(netconf);
    twice.say(twice.confirm(channel));
    expect(errorOf(() => twice.say(twice.confirm(channel))).code).toBe("channel-protocol");
    const none = new ClientCase();
    expect(errorOf(() => none.say(none.confirm(none.client.openChannel(netconf), 0))).code).toBe("channel-protocol");
  });

  it("get no data before they are confirmed", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel(netconf);
    expect(errorOf(() => test.say(data(channel, 1)))).toMatchObject({ code: "channel-protocol" });
    expect(test.event("channelData")).toBe(undefined);
  });

  it("are limited in number by our own limit", () => {
    const test = new ClientCase();
    for (let i = 0; i < 16; i++) test.client.openChannel(netconf);
    expect(errorOf(() => test.client.openChannel(netconf))).toMatchObject({ code: "local-usage", fault: "local" });
    expect(test.client.failure).toBe(undefined);
  });

  it("report an exit status and an exit signal (RFC 4254 §6.10)", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel({ kind: "exec", command: "ls" });
    test.say(test.confirm(channel), signal("channelSuccess", channel));
    test.say(request(channel, { name: "exit-status", status: 3 }, false));
    expect(test.event("channelExit")).toMatchObject({ exit: { kind: "status", status: 3 } });
    const body = { name: "exit-signal", signal: "SEGV", coreDumped: true, message: "boom\n", languageTag: "" } as const;
    test.say(request(channel, body, false));
    expect(test.event("channelExit")).toMatchObject({
      exit: { kind: "signal", signal: "SEGV", message: "boom\\u{a}" },
    });
  });

  it("are closed when they were given up before the server confirmed them", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel(netconf);
    test.client.abandonChannel(channel);
    expect(test.say(test.confirm(channel))).toEqual([90, CLOSE]);
    test.say(signal("channelClose", channel));
    expect(test.events.filter(({ type }) => type !== "ready")).toEqual([]);
  });

  it("keep what they may send apart from each other", () => {
    const pair = new MachinePair({
      client: { algorithms: quickCrypto },
      server: { algorithms: quickCrypto, hostKeys: [quickSigner] },
    });
    const one = pair.openChannel();
    const two = pair.openChannel();
    const window = defaultConnectionLimits.windowBytes;
    expect(pair.client.writeChannel(one.client, new Uint8Array(window + 1), 1 << 24)).toBe(window);
    pair.run();
    expect(pair.client.writeChannel(one.client, new Uint8Array(1), 1 << 24)).toBe(0);
    expect(pair.client.writeChannel(two.client, new Uint8Array(9), 1 << 24)).toBe(9);
    pair.run();
    pair.server.consumedChannel(one.server, window);
    pair.run();
    expect(pair.clientEvent("channelWritable")).toMatchObject({ channel: one.client });
  });
});

describe("a server that does not know global requests", () => {
  it("still answers a ping with SSH_MSG_UNIMPLEMENTED (RFC 4253 §11.4)", () => {
    const test = new ClientCase({ ping: false });
    const token = test.client.ping();
    expect(test.say()).toEqual([80]);
    test.say(new Uint8Array([3, 0, 0, 0, 9]));
    expect(test.event("pong")).toEqual({ type: "pong", token });
    // Nobody waits for more answers; they have no effect.
    test.say(new Uint8Array([3, 0, 0, 0, 9]), new Uint8Array([3, 0, 0, 0, 9]));
    expect(test.events.filter(({ type }) => type === "pong").length).toBe(1);
  });
});

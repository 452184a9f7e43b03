import { describe, expect, it } from "vitest";
import type { ChannelRequestBody } from "../../src/messages/channel.ts";
import { decodeChannelOpenFailure, encodeGlobalRequest } from "../../src/messages/connection.ts";
import { errorOf } from "../session/machine-pair.ts";

import {
  adjust,
  CLOSE,
  data,
  FAILURE,
  NO_DATA,
  OPEN_FAILURE,
  open,
  request,
  ServerCase,
  signal,
} from "./channel-cases.ts";

describe("channels of a server (RFC 4254 §5.1, §6.5)", () => {
  it("are sessions and nothing else, unless the application leads clients somewhere else", () => {
    const test = new ServerCase();
    for (const type of ["forwarded-tcpip", "x11", "auth-agent@openssh.com", ""]) {
      test.peer.send(open(type, 3));
      test.server.receive(test.peer.transport.takeOutput() ?? NO_DATA);
      test.peer.transport.receive(test.server.takeOutput() ?? NO_DATA);
      const refusal = decodeChannelOpenFailure(test.peer.received.pop() ?? NO_DATA);
      expect(refusal).toMatchObject({ recipientChannel: 3, reason: 3 });
    }
  });

  it("carry a subsystem that the application accepts, and data both ways", () => {
    const test = new ServerCase();
    const channel = test.ready();
    test.say(data(channel, 3));
    expect(test.event("channelData")).toMatchObject({ channel, bytes: new Uint8Array(3) });
    expect(test.server.writeChannel(channel, new Uint8Array(5), 1 << 20)).toBe(5);
    expect(test.run()).toEqual([94]);
  });

  it("refuse every request but a subsystem", () => {
    const test = new ServerCase();
    const channel = test.open();
    const bodies: ChannelRequestBody[] = [
      { name: "shell" },
      { name: "exec", command: "rm -rf /" },
      { name: "env", variable: "A", value: "b" },
      { name: "unknown", requestType: "pty-req", data: new Uint8Array(4) },
      { name: "unknown", requestType: "x11-req", data: NO_DATA },
      { name: "unknown", requestType: "__proto__", data: NO_DATA },
    ];
    for (const body of bodies) expect(test.say(request(channel, body))).toEqual([FAILURE]);
    for (const body of bodies) expect(test.say(request(channel, body, false))).toEqual([]);
    expect(test.events.filter(({ type }) => type === "subsystemRequested")).toEqual([]);
  });

  it("carry one subsystem, not two", () => {
    const test = new ServerCase();
    const channel = test.ready();
    expect(test.say(request(channel, { name: "subsystem", subsystem: "other" }))).toEqual([FAILURE]);
    const undecided = test.open(8);
    test.say(request(undecided, { name: "subsystem", subsystem: "a" }));
    expect(test.say(request(undecided, { name: "subsystem", subsystem: "b" }))).toEqual([FAILURE]);
  });

  it("are closed after a rejected subsystem, and free again", () => {
    const test = new ServerCase({ maxChannels: 1 });
    const channel = test.open();
    test.say(request(channel, { name: "subsystem", subsystem: "nope" }));
    test.server.rejectSubsystem(channel);
    expect(test.run()).toEqual([FAILURE, CLOSE]);
    test.say(signal("channelClose", channel));
    test.ready(8);
  });

  it("are limited in number, and freed when they are closed, a hundred thousand times", () => {
    const test = new ServerCase({ maxChannels: 2 });
    const [first] = [test.open(1), test.open(2)];
    expect(test.say(open("session", 3))).toEqual([OPEN_FAILURE]);
    expect(test.say(signal("channelClose", first))).toEqual([CLOSE]);
    let id = test.open(3);
    for (let i = 0; i < 2000; i++) {
      expect(test.say(signal("channelClose", id))).toEqual([CLOSE]);
      id = test.open(4);
    }
    for (let i = 0; i < 2000; i++) expect(test.say(open("session", 5))).toEqual([OPEN_FAILURE]);
  });

  it("say how a subsystem ended before they close (RFC 4254 §6.10)", () => {
    const test = new ServerCase();
    const channel = test.ready();
    test.server.endChannel(channel);
    test.server.closeChannel(channel, true);
    expect(test.run()).toEqual([96, 98, CLOSE]);
  });

  it("are refused when the peer takes packets of no bytes", () => {
    const test = new ServerCase();
    test.peer.send(open("session", 1, 100, 0));
    expect(errorOf(() => test.run())).toMatchObject({ code: "channel-protocol", fault: "peer" });
  });
});

describe("what a peer may not do with channels", () => {
  const unknown: readonly [string, (channel: number) => Uint8Array][] = [
    ["data", (channel) => data(channel, 1)],
    ["window", (channel) => adjust(channel, 1)],
    ["EOF", (channel) => signal("channelEof", channel)],
    ["CLOSE", (channel) => signal("channelClose", channel)],
    ["request", (channel) => request(channel, { name: "subsystem", subsystem: "netconf" })],
    ["success", (channel) => signal("channelSuccess", channel)],
  ];
  for (const [what, make] of unknown) {
    it(`speak about a channel that does not exist: ${what}`, () => {
      for (const id of [0, 1, 99, 0xffffffff]) {
        const test = new ServerCase();
        test.peer.send(make(id));
        expect(errorOf(() => test.run())).toMatchObject({ code: "channel-protocol", fault: "peer" });
      }
      const closed = new ServerCase();
      const channel = closed.ready();
      closed.say(signal("channelClose", channel));
      closed.peer.send(make(channel));
      expect(errorOf(() => closed.run()).code).toBe("channel-protocol");
    });
  }

  it("send data or a second EOF after EOF (RFC 4254 §5.3)", () => {
    for (const make of [(id: number) => data(id, 1), (id: number) => signal("channelEof", id)]) {
      const test = new ServerCase();
      const channel = test.ready();
      test.say(signal("channelEof", channel));
      expect(test.event("channelEnd")).toMatchObject({ channel });
      test.peer.send(make(channel));
      expect(errorOf(() => test.run()).code).toBe("channel-protocol");
    }
  });

  it("reach the application with data for a channel without a subsystem", () => {
    const test = new ServerCase({ windowBytes: 100 });
    const channel = test.open();
    expect(test.say(data(channel, 100))).toEqual([]);
    expect(test.events.filter(({ type }) => type === "channelData")).toEqual([]);
    test.peer.send(data(channel, 1));
    expect(errorOf(() => test.run()).code).toBe("channel-window-exceeded");
  });

  it("change anything with answers that nobody waits for", () => {
    const test = new ServerCase();
    const channel = test.ready();
    for (let i = 0; i < 1000; i++)
      expect(
        test.say(
          signal("channelSuccess", channel),
          signal("channelFailure", channel),
          new Uint8Array([81]),
          new Uint8Array([82]),
        ),
      ).toEqual([]);
    test.say(data(channel, 1));
    expect(test.event("channelData")).toBeDefined();
  });
});

describe("global requests (RFC 4254 §4)", () => {
  const global = (name: string, wantReply: boolean) =>
    encodeGlobalRequest({ type: "globalRequest", name, wantReply, data: new Uint8Array(8) });

  it("are answered in order: keepalive with success, everything else with failure, nothing when no answer is wanted", () => {
    const test = new ServerCase();
    expect(test.say(global("keepalive@openssh.com", true), global("tcpip-forward", true))).toEqual([81, 82]);
    expect(test.say(global("hostkeys-00@openssh.com", false), global("keepalive@openssh.com", false))).toEqual([]);
  });
});

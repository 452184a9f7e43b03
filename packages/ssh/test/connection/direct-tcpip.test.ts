import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSshError } from "../../src/errors.ts";
import { decodeChannelOpen, decodeChannelOpenFailure } from "../../src/messages/connection.ts";
import { type DirectTcpip, decodeDirectTcpip, encodeDirectTcpip } from "../../src/messages/direct-tcpip.ts";
import { errorOf } from "../session/machine-pair.ts";
import { fromHex } from "../wire/hex.ts";
import {
  CLOSE,
  ClientCase,
  data,
  FAILURE,
  NO_DATA,
  OPEN_FAILURE,
  open,
  request,
  ServerCase,
  signal,
} from "./channel-cases.ts";

const CONFIRMATION = 91;
const target: DirectTcpip = { host: "10.0.0.7", port: 830, originatorHost: "192.0.2.9", originatorPort: 50_000 };
const ask = (changes: Partial<DirectTcpip> = {}, id = 7) =>
  open("direct-tcpip", id, 1 << 20, 1 << 15, encodeDirectTcpip({ ...target, ...changes }));

describe("what belongs to direct-tcpip (RFC 4254 §7.2)", () => {
  it("is host, port, originator and its port, in this order", () => {
    expect(encodeDirectTcpip({ host: "h", port: 830, originatorHost: "::1", originatorPort: 1 })).toEqual(
      fromHex("00000001 68 0000033e 00000003 3a3a31 00000001"),
    );
  });

  it("is the same after encoding and decoding, and malformed when cut short or too long", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    const u32 = fc.nat(0xffffffff);
    fc.assert(
      fc.property(fc.record({ host: text, port: u32, originatorHost: text, originatorPort: u32 }), (value) => {
        const bytes = encodeDirectTcpip(value);
        expect(decodeDirectTcpip(bytes)).toEqual(value);
        for (const wrong of [bytes.subarray(0, -1), Uint8Array.of(...bytes, 0)])
          expect(errorOf(() => decodeDirectTcpip(wrong))).toMatchObject({ code: "malformed-message", fault: "peer" });
      }),
    );
  });

  it("is a malformed message and never another error when it is garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        try {
          decodeDirectTcpip(garbage);
        } catch (error) {
          expect(isSshError(error)).toBe(true);
        }
      }),
    );
  });
});

describe("a client's connection through the server (RFC 4254 §7.2)", () => {
  it("names its target in the opening, and carries data as soon as it is confirmed", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel({ kind: "direct-tcpip", target });
    test.peer.transport.receive(test.client.takeOutput() ?? NO_DATA);
    const opening = decodeChannelOpen(test.peer.received.pop() ?? NO_DATA);
    expect(opening.channelType).toBe("direct-tcpip");
    expect(decodeDirectTcpip(opening.data)).toEqual(target);
    expect(test.say(test.confirm(channel))).toEqual([]);
    expect(test.event("channelReady")).toMatchObject({ channel });
    expect(test.client.writeChannel(channel, new Uint8Array(3), 1 << 20)).toBe(3);
    expect(test.say(data(channel, 2))).toEqual([94]);
    expect(test.event("channelData")).toMatchObject({ channel });
    test.client.advance(1_000_000);
    expect(test.client.failure).toBe(undefined);
  });

  it("takes no exit status for its own", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel({ kind: "direct-tcpip", target });
    test.say(test.confirm(channel), request(channel, { name: "exit-status", status: 3 }, false));
    expect(test.event("channelExit")).toBe(undefined);
  });

  it("is not asked for when the target cannot be one", () => {
    const test = new ClientCase();
    for (const wrong of [{ host: "" }, { host: "a\nb" }, { host: "h".repeat(256) }, { port: 0 }, { port: 65_536 }]) {
      const purpose = { kind: "direct-tcpip", target: { ...target, ...wrong } } as const;
      expect(errorOf(() => test.client.openChannel(purpose))).toMatchObject({ code: "local-usage", fault: "local" });
    }
    expect(test.say()).toEqual([]);
  });

  it("is given up when the server does not answer in time, and closed when it answers later", () => {
    const test = new ClientCase();
    const channel = test.client.openChannel({ kind: "direct-tcpip", target });
    test.client.advance(30_000);
    test.say();
    expect(test.event("channelFailed")).toMatchObject({ channel, error: { code: "timeout-channel-open" } });
    expect(test.event("channelFailed")?.error.message).toContain('a connection to "10.0.0.7:830"');
    expect(test.say(test.confirm(channel))).toEqual([CLOSE]);
  });
});

describe("a server that clients want to get through (RFC 4254 §7.2)", () => {
  it("refuses as administratively prohibited unless the application leads the way", () => {
    const test = new ServerCase();
    test.peer.send(ask());
    test.server.receive(test.peer.transport.takeOutput() ?? NO_DATA);
    test.peer.transport.receive(test.server.takeOutput() ?? NO_DATA);
    expect(decodeChannelOpenFailure(test.peer.received.pop() ?? NO_DATA)).toMatchObject({
      recipientChannel: 7,
      reason: 1,
    });
    expect(test.event("directTcpipRequested")).toBe(undefined);
  });

  it("asks the application about each target, and confirms or refuses as that says", () => {
    const test = new ServerCase({}, { allowsDirectTcpip: true });
    expect(test.say(ask())).toEqual([]);
    const first = test.event("directTcpipRequested");
    expect(first).toMatchObject({ target });
    test.server.acceptDirectTcpip(first?.channel ?? -1);
    expect(test.run()).toEqual([CONFIRMATION]);
    test.say(data(first?.channel ?? -1, 5));
    expect(test.event("channelData")).toMatchObject({ bytes: new Uint8Array(5) });
    for (const why of ["prohibited", "failed"] as const) {
      test.say(ask({}, 8));
      test.server.refuseDirectTcpip(test.event("directTcpipRequested")?.channel ?? -1, why);
      expect(test.run()).toEqual([OPEN_FAILURE]);
    }
  });

  it("lets nobody speak about a channel that is not confirmed", () => {
    for (const make of [
      (id: number) => data(id, 1),
      (id: number) => signal("channelClose", id),
      (id: number) => request(id, { name: "subsystem", subsystem: "netconf" }),
    ]) {
      const test = new ServerCase({}, { allowsDirectTcpip: true });
      test.say(ask());
      test.peer.send(make(test.event("directTcpipRequested")?.channel ?? -1));
      expect(errorOf(() => test.run())).toMatchObject({ code: "channel-protocol", fault: "peer" });
    }
  });

  it("counts what is undecided among its channels", () => {
    const test = new ServerCase({ maxChannels: 2 }, { allowsDirectTcpip: true });
    expect(test.say(ask({}, 1), ask({}, 2))).toEqual([]);
    expect(test.say(ask({}, 3))).toEqual([OPEN_FAILURE]);
    test.server.refuseDirectTcpip(test.event("directTcpipRequested")?.channel ?? -1, "failed");
    expect(test.run()).toEqual([OPEN_FAILURE]);
    expect(test.say(ask({}, 3))).toEqual([]);
  });

  it("does not ask about what is no address", () => {
    const test = new ServerCase({}, { allowsDirectTcpip: true });
    for (const wrong of [
      { host: "" },
      { host: "a\u001b[31m" },
      { host: "h".repeat(256) },
      { port: 0 },
      { port: 65_536 },
    ])
      expect(test.say(ask(wrong))).toEqual([OPEN_FAILURE]);
    expect(test.event("directTcpipRequested")).toBe(undefined);
  });

  it("starts no program on such a channel, and says no exit status at its end", () => {
    const test = new ServerCase({}, { allowsDirectTcpip: true });
    test.say(ask());
    const channel = test.event("directTcpipRequested")?.channel ?? -1;
    test.server.acceptDirectTcpip(channel);
    test.run();
    expect(test.say(request(channel, { name: "subsystem", subsystem: "netconf" }))).toEqual([FAILURE]);
    test.server.closeChannel(channel);
    expect(test.run()).toEqual([CLOSE]);
  });
});

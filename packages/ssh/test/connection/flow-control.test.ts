import { describe, expect, it } from "vitest";
import { decodeChannelWindowAdjust, encodeChannelExtendedData } from "../../src/messages/channel.ts";
import { errorOf } from "../session/machine-pair.ts";

import { adjust, data, NO_DATA, ServerCase } from "./channel-cases.ts";

describe("flow control (RFC 4254 §5.2)", () => {
  it("takes the whole window and ends the connection for one byte more", () => {
    const test = new ServerCase({ windowBytes: 1000 });
    const channel = test.ready();
    test.say(data(channel, 600), data(channel, 400));
    test.peer.send(data(channel, 1));
    expect(errorOf(() => test.run())).toMatchObject({ code: "channel-window-exceeded", fault: "peer" });
  });

  it("gives credit for bytes that were taken, and for no others", () => {
    const test = new ServerCase({ windowBytes: 1000 });
    const channel = test.ready();
    test.say(data(channel, 1000));
    expect(test.run()).toEqual([]);
    test.server.consumedChannel(channel, 499);
    expect(test.run()).toEqual([]);
    test.server.consumedChannel(channel, 101);
    test.peer.transport.receive(test.server.takeOutput() ?? NO_DATA);
    expect(decodeChannelWindowAdjust(test.peer.received.pop() ?? NO_DATA)).toMatchObject({ bytesToAdd: 600 });
    test.say(data(channel, 600));
    test.peer.send(data(channel, 1));
    expect(errorOf(() => test.run()).code).toBe("channel-window-exceeded");
  });

  it("drops extended data and gives its credit back at once", () => {
    const test = new ServerCase({ windowBytes: 1000 });
    const channel = test.ready();
    const extended = (dataType: number) =>
      encodeChannelExtendedData({
        type: "channelExtendedData",
        recipientChannel: channel,
        dataType,
        data: new Uint8Array(500),
      });
    for (let i = 0; i < 20; i++) expect(test.say(extended(i))).toEqual([93]);
    expect(test.event("channelData")).toBe(undefined);
  });

  it("refuses a packet with more data than was agreed", () => {
    const test = new ServerCase({ maxDataBytes: 100 });
    const channel = test.ready();
    test.say(data(channel, 100));
    test.peer.send(data(channel, 101));
    expect(errorOf(() => test.run())).toMatchObject({ code: "channel-protocol", fault: "peer" });
  });

  it("sends no more than the window and the largest packet, and goes on when there is more", () => {
    const test = new ServerCase();
    const channel = test.ready(7, 250, 100);
    expect(test.server.writeChannel(channel, new Uint8Array(1000), 1 << 20)).toBe(250);
    expect(test.run()).toEqual([94, 94, 94]);
    expect(test.server.writeChannel(channel, new Uint8Array(750), 1 << 20)).toBe(0);
    test.say(adjust(channel, 50));
    expect(test.event("channelWritable")).toMatchObject({ channel });
    expect(test.server.writeChannel(channel, new Uint8Array(750), 1 << 20)).toBe(50);
  });

  it("ends the connection when the window grows beyond 2^32 - 1", () => {
    const test = new ServerCase();
    const channel = test.ready(7, 0xffffffff);
    test.peer.send(adjust(channel, 1));
    expect(errorOf(() => test.run())).toMatchObject({ code: "channel-protocol", fault: "peer" });
  });

  it("stops making output at the caller's limit", () => {
    const test = new ServerCase();
    const channel = test.ready(7, 1 << 30);
    const sent = test.server.writeChannel(channel, new Uint8Array(1 << 20), 100_000);
    expect(sent).toBeGreaterThanOrEqual(98_304);
    expect(sent).toBeLessThan(140_000);
  });
});

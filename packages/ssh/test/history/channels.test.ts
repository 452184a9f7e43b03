import { describe, expect, it } from "vitest";
import {
  encodeChannelData,
  encodeChannelExtendedData,
  encodeChannelSignal,
  encodeChannelWindowAdjust,
} from "../../src/messages/channel.ts";
import {
  encodeChannelOpen,
  encodeChannelOpenConfirmation,
  encodeChannelOpenFailure,
} from "../../src/messages/connection.ts";
import type { SshClientMachine } from "../../src/session/client-machine.ts";
import { errorOf } from "../session/machine-pair.ts";
import type { RawPeer } from "../session/raw-peer.ts";
import { eventsOf, opened, say } from "./stand.ts";

const MAX = 0xffffffff;

/** A client with an open, ready channel 0; the peer's number for it is 5. */
function readyClient({ window = 0, packet = 32_768 } = {}): { client: SshClientMachine; peer: RawPeer } {
  const { machine, peer } = opened("client");
  const client = machine as SshClientMachine;
  client.openChannel({ kind: "subsystem", name: "netconf" });
  say(peer, client, confirmation(window, packet));
  say(peer, client, encodeChannelSignal({ type: "channelSuccess", recipientChannel: 0 }));
  eventsOf(client);
  peer.takeNumbers();
  return { client, peer };
}

function confirmation(initialWindowSize: number, maximumPacketSize: number): Uint8Array {
  const data = new Uint8Array(0);
  const common = { recipientChannel: 0, senderChannel: 5, initialWindowSize, maximumPacketSize, data };
  return encodeChannelOpenConfirmation({ type: "channelOpenConfirmation", ...common });
}

const adjust = (bytesToAdd: number) =>
  encodeChannelWindowAdjust({ type: "channelWindowAdjust", recipientChannel: 0, bytesToAdd });
const data = (bytes: number) =>
  encodeChannelData({ type: "channelData", recipientChannel: 0, data: new Uint8Array(bytes) });
const signal = (type: "channelEof" | "channelClose" | "channelSuccess" | "channelFailure") =>
  encodeChannelSignal({ type, recipientChannel: 0 });

describe("window arithmetic: CVE-2025-54804 russh, asyncssh 2.24, libssh 59843, Go 39834", () => {
  it("a window may be opened to 2^32-1 and not one byte further", () => {
    for (const [first, added, ok] of [
      [0, MAX, true],
      [1, MAX - 1, true],
      [MAX, 0, true],
      [1, MAX, false],
      [MAX, 1, false],
      [MAX, MAX, false],
      [0x80000000, 0x80000000, false],
    ] as const) {
      const { client, peer } = readyClient({ window: first });
      const send = () => say(peer, client, adjust(added));
      if (ok) send();
      else expect(errorOf(send)).toMatchObject({ code: "channel-protocol", disconnectReason: 2 });
    }
  });

  it("a full window takes writes as far as the output may grow, and adds up behind 2^31", () => {
    const { client, peer } = readyClient({ window: MAX, packet: MAX });
    const chunk = new Uint8Array(1 << 20);
    let sent = 0;
    // What a writer of more than 4 GiB does, as far as one window allows; the peer's largest packet is not believed.
    for (let i = 0; i < 8; i++) sent += client.writeChannel(0, chunk, 1 << 30);
    expect(sent).toBe(8 << 20);
    expect(Math.max(...lengthsOf(client, peer))).toBeLessThanOrEqual(128 * 1024 + 1024);
    expect(errorOf(() => say(peer, client, adjust(sent + 1)))).toMatchObject({ code: "channel-protocol" });
  });

  it("at the upper edge each byte that was spent can be given back, and not one more", () => {
    const { client, peer } = readyClient({ window: MAX });
    const chunk = new Uint8Array(1);
    let total = 0;
    // Each round spends one byte and gives one back; all that was ever given passes 2^32 in the first.
    for (let i = 0; i < 1000; i++) {
      total += client.writeChannel(0, chunk, 1 << 30);
      say(peer, client);
      say(peer, client, adjust(1));
    }
    expect(total).toBe(1000);
    expect(errorOf(() => say(peer, client, adjust(1)))).toMatchObject({ code: "channel-protocol" });
  });

  it("a largest packet of 0 is refused: it would block every write", () => {
    const { machine, peer } = opened("client");
    (machine as SshClientMachine).openChannel({ kind: "subsystem", name: "x" });
    expect(errorOf(() => say(peer, machine, confirmation(100, 0)))).toMatchObject({ code: "channel-protocol" });
    const server = opened("server");
    expect(errorOf(() => say(server.peer, server.machine, openRequest({ packet: 0 })))).toMatchObject({
      code: "channel-protocol",
    });
  });

  it("a largest packet of 1 is kept to", () => {
    const { client, peer } = readyClient({ window: 10, packet: 1 });
    expect(client.writeChannel(0, new Uint8Array(20), 1 << 20)).toBe(10);
    say(peer, client);
    expect(peer.received.filter((payload) => payload[0] === 94).map((payload) => payload.length)).toEqual(
      new Array(10).fill(10),
    );
  });

  it("one byte beyond the window ends the connection", () => {
    const { client, peer } = readyClient();
    for (let i = 0; i < 16; i++) expect(say(peer, client, data(128 * 1024))).toEqual(["channelData"]);
    expect(errorOf(() => say(peer, client, data(1)))).toMatchObject({
      code: "channel-window-exceeded",
      disconnectReason: 2,
    });
    expect(eventsOf(client)).toEqual([]);
  });

  it("one byte beyond the largest packet ends the connection", () => {
    const { client, peer } = readyClient();
    expect(errorOf(() => say(peer, client, data(128 * 1024 + 1)))).toMatchObject({ code: "channel-protocol" });
  });

  it("data after EOF ends the connection, data after CLOSE finds no channel", () => {
    const first = readyClient();
    say(first.peer, first.client, signal("channelEof"));
    expect(errorOf(() => say(first.peer, first.client, data(1)))).toMatchObject({ code: "channel-protocol" });
    const second = readyClient();
    expect(say(second.peer, second.client, signal("channelClose"))).toEqual(["channelClosed"]);
    expect(errorOf(() => say(second.peer, second.client, data(1)))).toMatchObject({ code: "channel-protocol" });
    expect(eventsOf(second.client)).toEqual([]);
  });
});

describe("replies nobody asked for and channels that are none: CVE-2026-39830 Go, Go b07833c, russh 7c5659f", () => {
  it("twenty thousand unasked 81, 82, 99 and 100 leave nothing behind", () => {
    const { client, peer } = readyClient();
    for (const message of [Uint8Array.of(81), Uint8Array.of(82), signal("channelSuccess"), signal("channelFailure")])
      for (let i = 0; i < 5_000; i++) {
        peer.send(message);
        if (i % 500 === 499) expect(say(peer, client)).toEqual([]);
      }
    expect(client.outputLength).toBe(0);
    // The next real answer still finds its own question, whichever kind the client has chosen.
    const token = client.ping();
    peer.received.length = 0;
    expect(say(peer, client)).toEqual([]);
    const question = peer.received.at(-1);
    const pong = question?.[0] === 192 ? Uint8Array.of(193, ...question.subarray(1)) : Uint8Array.of(82);
    expect(say(peer, client, pong)).toEqual(["pong"]);
    expect(token).toBe(0);
  });

  it("data, EOF and CLOSE for a channel that is not open yet reach nobody", () => {
    for (const message of [
      data(1),
      signal("channelEof"),
      signal("channelClose"),
      signal("channelSuccess"),
      adjust(1),
    ]) {
      const { machine, peer } = opened("client");
      (machine as SshClientMachine).openChannel({ kind: "subsystem", name: "x" });
      expect(errorOf(() => say(peer, machine, message))).toMatchObject({ code: "channel-protocol" });
      expect(eventsOf(machine)).toEqual([]);
    }
  });

  it("a channel number of 2^32-1 is a number like another", () => {
    const far = encodeChannelData({ type: "channelData", recipientChannel: MAX, data: new Uint8Array(1) });
    const { client, peer } = readyClient();
    expect(errorOf(() => say(peer, client, far))).toMatchObject({ code: "channel-protocol" });
    const { machine: server, peer: caller } = opened("server");
    say(caller, server, openRequest({ sender: MAX }));
    expect(caller.received.at(-1)?.slice(0, 5)).toEqual(Uint8Array.of(91, 255, 255, 255, 255));
  });

  it("refused openings free their place, twenty thousand times and in both roles", () => {
    const { machine: server, peer } = opened("server");
    for (let i = 0; i < 10_000; i++) {
      peer.send(openRequest({ type: "x11" }));
      if (i % 500 === 499) expect(say(peer, server)).toEqual([]);
    }
    expect(peer.takeNumbers().every((number) => number === 92)).toBe(true);
    say(peer, server, openRequest({}));
    expect(peer.takeNumbers()).toEqual([91]);
    const { machine, peer: refuser } = opened("client");
    const client = machine as SshClientMachine;
    for (let i = 0; i < 10_000 / 16; i++) {
      // As many as there may be: with one place lost, the next round would be a wrong call.
      for (let open = 0; open < 16; open++) {
        const recipientChannel = client.openChannel({ kind: "subsystem", name: "x" });
        const refusal = { recipientChannel, reason: 4, description: "", languageTag: "" };
        refuser.send(encodeChannelOpenFailure({ type: "channelOpenFailure", ...refusal }));
      }
      expect(say(refuser, client)).toEqual(new Array(16).fill("channelFailed"));
    }
    expect(client.failure).toBe(undefined);
    expect(client.outputLength).toBe(0);
  });

  it("extended data of an unknown type gives its credit back", () => {
    const { client, peer } = readyClient();
    const extended = encodeChannelExtendedData({
      type: "channelExtendedData",
      recipientChannel: 0,
      dataType: 77,
      data: new Uint8Array(64 * 1024),
    });
    // Three windows' worth.
    for (let i = 0; i < 96; i++) say(peer, client, extended);
    expect(client.failure).toBe(undefined);
    expect(peer.takeNumbers().filter((number) => number === 93).length).toBeGreaterThanOrEqual(5);
  });
});

function openRequest({ type = "session", sender = 3, packet = 32_768 }): Uint8Array {
  const common = { senderChannel: sender, initialWindowSize: 1000, maximumPacketSize: packet, data: new Uint8Array(0) };
  return encodeChannelOpen({ type: "channelOpen", channelType: type, ...common });
}

/** Sizes of the payloads of what the machine has to say. */
function lengthsOf(client: SshClientMachine, peer: RawPeer): number[] {
  peer.received.length = 0;
  peer.transport.receive(client.takeOutput() ?? new Uint8Array(0));
  return peer.received.map(({ length }) => length);
}

import { SshError } from "../errors.ts";
import {
  type ChannelSignal,
  decodeChannelData,
  decodeChannelExtendedData,
  decodeChannelSignal,
  decodeChannelWindowAdjust,
  encodeChannelSignal,
  encodeChannelWindowAdjust,
} from "../messages/channel.ts";
import { SSH_MSG } from "../messages/numbers.ts";
import type { Role } from "../transport/legal-messages.ts";
import { writeU32 } from "../wire/writer.ts";
import type { Channel, ChannelPurpose } from "./channel.ts";
import { ChannelOpening, type ChannelOpeningOptions } from "./channel-opening.ts";
import { ChannelRequests, type ChannelTable } from "./channel-requests.ts";
import { GlobalRequests } from "./global-requests.ts";
import type { ConnectionLimits } from "./limits.ts";
import { Pings } from "./pings.ts";
import type { ConnectionPort } from "./port.ts";

/** The SSH connection protocol (RFC 4254): many channels over one transport. */
export class Mux implements ChannelTable {
  readonly #role: Role;
  readonly #limits: ConnectionLimits;
  readonly #port: ConnectionPort;
  readonly channels: Map<number, Channel> = new Map();
  readonly #opening: ChannelOpening;
  readonly #requests: ChannelRequests;
  readonly #pings: Pings;
  /** Requests about the connection as a whole. */
  readonly global: GlobalRequests;

  constructor(options: ChannelOpeningOptions) {
    const { port, limits, role } = options;
    this.#role = role;
    this.#limits = limits;
    this.#port = port;
    this.global = new GlobalRequests(port);
    this.#pings = new Pings(port, this.global);
    this.#requests = new ChannelRequests(port, this);
    this.#opening = new ChannelOpening(options, this, this.#requests);
  }

  /** Channels that exist, openings included. */
  get channelCount(): number {
    return this.channels.size;
  }

  get deadline(): number | undefined {
    return this.#opening.deadline;
  }

  advance(now: number): void {
    this.#opening.advance(now);
  }

  /** A message that the table of legal messages has let through. */
  receive(number: number, payload: Uint8Array): void {
    switch (number) {
      case SSH_MSG.channelData:
        this.#receiveData(payload);
        return;
      case SSH_MSG.channelWindowAdjust:
        this.#receiveWindowAdjust(payload);
        return;
      case SSH_MSG.channelExtendedData:
        this.#receiveExtendedData(payload);
        return;
      case SSH_MSG.channelEof:
        this.#receiveEof(decodeChannelSignal(payload, "channelEof"));
        return;
      case SSH_MSG.channelClose:
        this.#receiveClose(decodeChannelSignal(payload, "channelClose"));
        return;
      case SSH_MSG.channelOpen:
        this.#opening.receiveOpen(payload);
        return;
      case SSH_MSG.channelOpenConfirmation:
        this.#opening.receiveConfirmation(payload);
        return;
      case SSH_MSG.channelOpenFailure:
        this.#opening.receiveFailure(payload);
        return;
      case SSH_MSG.channelRequest:
        this.#requests.receive(payload);
        return;
      case SSH_MSG.channelSuccess:
      case SSH_MSG.channelFailure:
        this.#requests.receiveReply(payload, number === SSH_MSG.channelSuccess);
        return;
      case SSH_MSG.globalRequest:
        this.global.receiveRequest(payload);
        return;
      case SSH_MSG.ping:
        this.#pings.receivePing(payload);
        return;
      case SSH_MSG.pong:
        this.#pings.receivePong(payload);
        return;
      default:
        this.global.receiveReply(number, payload);
    }
  }

  /** Opens a channel and asks for its subsystem or command, if it has one. `deadline` bounds both steps together. */
  open(purpose: ChannelPurpose, deadline: number): number {
    return this.#opening.open(purpose, deadline);
  }

  /** Nobody waits for this channel any more. */
  abandon(id: number): void {
    this.#opening.abandon(id);
  }

  acceptSubsystem(id: number): void {
    this.#requests.answerSubsystem(this.channels.get(id), true);
  }

  rejectSubsystem(id: number): void {
    this.#requests.answerSubsystem(this.channels.get(id), false);
  }

  acceptDirectTcpip(id: number): void {
    this.#opening.acceptDirectTcpip(id);
  }

  refuseDirectTcpip(id: number, why: "prohibited" | "failed"): void {
    this.#opening.refuseDirectTcpip(id, why);
  }

  /**
   * Sends as much of `bytes` as the window, the key exchange and `maxOutputBytes` allow, and says how much that was.
   * When it was less than everything because of the first two, `channelWritable` follows.
   */
  write(id: number, bytes: Uint8Array, maxOutputBytes: number): number {
    const channel = this.channels.get(id);
    if (channel === undefined || channel.state !== "ready" || channel.eofSent || channel.closeSent)
      throw new SshError("local-usage", "writing to a channel: it does not take data any more");
    let sent = 0;
    while (sent < bytes.length && this.#port.outputLength <= maxOutputBytes) {
      const room = Math.min(channel.sendWindow.available, channel.maxSendBytes, bytes.length - sent);
      if (room === 0 || !this.#port.mayTransfer) {
        channel.writerWaits = true;
        return sent;
      }
      // RFC 4254 §5.2: never more than the window, nor than the peer's largest packet.
      channel.sendWindow.spend(room);
      this.#transfer(channel, bytes.subarray(sent, sent + room));
      sent += room;
    }
    return sent;
  }

  /** The consumer has taken `bytes` bytes of this channel's data. */
  consumed(id: number, bytes: number): void {
    const channel = this.channels.get(id);
    if (channel !== undefined) this.#giveCredit(channel, bytes);
  }

  /** Ends our direction (RFC 4254 §5.3). */
  end(id: number): void {
    const channel = this.channels.get(id);
    if (channel === undefined || channel.eofSent || channel.closeSent || channel.state !== "ready") return;
    channel.eofSent = true;
    this.#signal(channel, "channelEof");
  }

  /** Ends both directions. A server says first how its subsystem ended: 0, or 1 when it failed. */
  close(id: number, failed: boolean): void {
    const channel = this.channels.get(id);
    if (channel === undefined) return;
    if (this.#role === "server" && channel.isSession && channel.state === "ready" && !channel.closeSent)
      this.#requests.sendExitStatus(channel, failed ? 1 : 0);
    this.sendClose(channel);
  }

  sendClose(channel: Channel): void {
    if (!channel.closeSent) {
      channel.closeSent = true;
      channel.writerWaits = false;
      this.#signal(channel, "channelClose");
    }
    this.#forgetWhenOver(channel);
  }

  ping(): number {
    return this.#pings.ping();
  }

  /**
   * The peer does not know a message of ours. Global requests are all we send that a server may not know (tinysshd does
   * not), so this answers one: it is a sign of life as good as any.
   */
  unimplemented(): void {
    this.global.unimplemented();
  }

  /** A key exchange is over: bulk data may flow again. */
  resumed(): void {
    for (const channel of this.channels.values()) if (channel.sendWindow.available > 0) this.#tellWriter(channel);
  }

  #transfer(channel: Channel, body: Uint8Array): void {
    const head = DATA_HEAD;
    head[0] = SSH_MSG.channelData;
    writeU32(head, 1, channel.remote);
    writeU32(head, 5, body.length);
    this.#port.transfer(head, body);
  }

  #receiveData(payload: Uint8Array): void {
    const { recipientChannel, data } = decodeChannelData(payload);
    const channel = this.#openChannel(recipientChannel);
    this.#accountFor(channel, data.length);
    // What arrives after our CLOSE, or on a channel without a purpose, has no reader: it costs the peer its window.
    if (channel.closeSent || channel.state === "bare" || data.length === 0) return;
    this.#port.emit({ type: "channelData", channel: channel.local, bytes: data });
  }

  /** There is no second stream to give it to: it is dropped, and the credit goes back at once. */
  #receiveExtendedData(payload: Uint8Array): void {
    const { recipientChannel, data } = decodeChannelExtendedData(payload);
    const channel = this.#openChannel(recipientChannel);
    this.#accountFor(channel, data.length);
    this.#giveCredit(channel, data.length);
  }

  #accountFor(channel: Channel, bytes: number): void {
    // RFC 4254 §5.3: no data follows EOF.
    if (channel.eofReceived) throw channelProtocol(`data came on channel ${channel.local} after its end`);
    if (bytes > this.#limits.maxDataBytes)
      throw channelProtocol(`${bytes} bytes of data came in one packet, more than ${this.#limits.maxDataBytes}`);
    channel.receiveWindow.receive(bytes);
  }

  #giveCredit(channel: Channel, bytes: number): void {
    const credit = channel.receiveWindow.consume(bytes);
    if (credit === 0 || channel.closeSent || channel.eofReceived) return;
    this.#port.send(
      encodeChannelWindowAdjust({
        type: "channelWindowAdjust",
        recipientChannel: channel.remote,
        bytesToAdd: credit,
      }),
    );
  }

  #receiveWindowAdjust(payload: Uint8Array): void {
    const { recipientChannel, bytesToAdd } = decodeChannelWindowAdjust(payload);
    const channel = this.#openChannel(recipientChannel);
    channel.sendWindow.add(bytesToAdd);
    if (this.#port.mayTransfer) this.#tellWriter(channel);
  }

  #tellWriter(channel: Channel): void {
    if (!channel.writerWaits) return;
    channel.writerWaits = false;
    this.#port.emit({ type: "channelWritable", channel: channel.local });
  }

  #receiveEof({ recipientChannel }: ChannelSignal): void {
    const channel = this.#openChannel(recipientChannel);
    if (channel.eofReceived) throw channelProtocol(`channel ${channel.local} was ended twice`);
    channel.eofReceived = true;
    if (!channel.closeSent && channel.state !== "bare") this.#port.emit({ type: "channelEnd", channel: channel.local });
  }

  #receiveClose({ recipientChannel }: ChannelSignal): void {
    const channel = this.#openChannel(recipientChannel);
    channel.closeReceived = true;
    if (channel.state === "requesting" && !channel.abandoned) this.#requests.closedInstead(channel);
    else if (!channel.closeSent && channel.state !== "bare")
      this.#port.emit({ type: "channelClosed", channel: channel.local });
    // RFC 4254 §5.3: each CLOSE is answered with one, unless ours has gone already.
    this.sendClose(channel);
    this.#forgetWhenOver(channel);
  }

  /** RFC 4254 §5.3: the number is free once CLOSE has gone both ways. */
  #forgetWhenOver(channel: Channel): void {
    if (channel.closeSent && channel.closeReceived) this.channels.delete(channel.local);
  }

  #signal(channel: Channel, type: ChannelSignal["type"]): void {
    this.#port.send(encodeChannelSignal({ type, recipientChannel: channel.remote }));
  }

  /** A channel that the peer may speak about: it exists, is open, and the peer has not closed it. */
  #openChannel(id: number): Channel {
    const channel = this.channels.get(id);
    if (channel === undefined || !channel.isOpen) throw channelProtocol(`there is no open channel ${id}`);
    return channel;
  }
}

/** Every connection's: it is filled and copied in one go. */
const DATA_HEAD = new Uint8Array(9);

function channelProtocol(problem: string): SshError {
  return new SshError("channel-protocol", `receiving on a channel: ${problem}`, { phase: "connection" });
}

import { SshError } from "../errors.ts";
import {
  decodeChannelRequest,
  decodeChannelSignal,
  encodeChannelRequest,
  encodeChannelSignal,
} from "../messages/channel.ts";
import { printable } from "../wire/printable.ts";
import { type Channel, describePurpose } from "./channel.ts";
import type { ConnectionPort } from "./port.ts";

/** The channels of a connection, and what may be done to one from here. */
export interface ChannelTable {
  readonly channels: Map<number, Channel>;
  /** Sends CLOSE once, and forgets the channel when that was the last word. */
  sendClose(channel: Channel): void;
}

/** Requests on channels (RFC 4254 §5.4): what a session is for, and how it ended. */
export class ChannelRequests {
  readonly #port: ConnectionPort;
  readonly #table: ChannelTable;

  constructor(port: ConnectionPort, table: ChannelTable) {
    this.#port = port;
    this.#table = table;
  }

  /** Asks the server for what the open channel was made for. */
  request(channel: Channel): void {
    const { purpose } = channel;
    // Cannot happen: only our own sessions come here, and each has a purpose.
    if (purpose === undefined || purpose.kind === "direct-tcpip") return;
    this.#port.send(
      encodeChannelRequest({
        type: "channelRequest",
        recipientChannel: channel.remote,
        wantReply: true,
        request:
          purpose.kind === "subsystem"
            ? { name: "subsystem", subsystem: purpose.name }
            : { name: "exec", command: purpose.command },
      }),
    );
  }

  receiveReply(payload: Uint8Array, success: boolean): void {
    const { recipientChannel } = decodeChannelSignal(payload, success ? "channelSuccess" : "channelFailure");
    const channel = this.#openChannel(recipientChannel);
    // An answer that nobody waits for has no effect, and is not kept.
    if (channel.state !== "requesting" || channel.closeSent) return;
    channel.deadline = undefined;
    if (success) {
      channel.state = "ready";
      this.#port.emit({ type: "channelReady", channel: channel.local });
      return;
    }
    this.#refused(channel, "the server refused it");
    this.#table.sendClose(channel);
  }

  /** The server has closed the channel instead of answering the request on it. */
  closedInstead(channel: Channel): void {
    channel.deadline = undefined;
    this.#refused(channel, "the server closed the channel instead of starting it");
  }

  receive(payload: Uint8Array): void {
    const { recipientChannel, wantReply, request } = decodeChannelRequest(payload);
    const channel = this.#openChannel(recipientChannel);
    switch (request.name) {
      case "subsystem":
        // One program for one channel (RFC 4254 §6.5), and it starts before the client's end of file.
        if (channel.state === "bare" && !channel.closeSent && !channel.eofReceived) {
          channel.state = "offered";
          channel.wantsReply = wantReply;
          this.#port.emit({ type: "subsystemRequested", channel: channel.local, name: request.subsystem });
          return;
        }
        break;
      case "exit-status":
        this.#emitExit(channel, { kind: "status", status: request.status });
        return;
      case "exit-signal":
        this.#emitExit(channel, {
          kind: "signal",
          signal: printable(request.signal, 40),
          message: printable(request.message),
        });
        return;
      default:
    }
    // RFC 4254 §5.4: what is not known or not wanted gets a FAILURE, if the peer wants to hear about it.
    if (wantReply) this.#reply(channel, false);
  }

  /** The application has decided about a subsystem. */
  answerSubsystem(channel: Channel | undefined, accept: boolean): void {
    // The client may have closed the channel in the meantime.
    if (channel === undefined || channel.state !== "offered" || channel.closeSent) return;
    channel.state = accept ? "ready" : "bare";
    if (channel.wantsReply) this.#reply(channel, accept);
    if (!accept) this.#table.sendClose(channel);
  }

  sendExitStatus(channel: Channel, status: number): void {
    this.#port.send(
      encodeChannelRequest({
        type: "channelRequest",
        recipientChannel: channel.remote,
        wantReply: false,
        request: { name: "exit-status", status },
      }),
    );
  }

  #refused(channel: Channel, why: string): void {
    if (channel.abandoned) return;
    const error = new SshError("subsystem-refused", `starting ${describePurpose(channel.purpose)}: ${why}`, {
      phase: "connection",
    });
    this.#port.emit({ type: "channelFailed", channel: channel.local, error });
  }

  #emitExit(
    channel: Channel,
    exit: { kind: "status"; status: number } | { kind: "signal"; signal: string; message: string },
  ): void {
    if (channel.purpose !== undefined && channel.isSession && !channel.abandoned)
      this.#port.emit({ type: "channelExit", channel: channel.local, exit });
  }

  #reply(channel: Channel, success: boolean): void {
    if (channel.closeSent) return;
    const type = success ? "channelSuccess" : "channelFailure";
    this.#port.send(encodeChannelSignal({ type, recipientChannel: channel.remote }));
  }

  #openChannel(id: number): Channel {
    const channel = this.#table.channels.get(id);
    if (channel === undefined || !channel.isOpen)
      throw new SshError("channel-protocol", `receiving a channel request: there is no open channel ${id}`, {
        phase: "connection",
      });
    return channel;
  }
}

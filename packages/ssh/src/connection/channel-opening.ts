import { SshError } from "../errors.ts";
import {
  channelOpenFailureReasons,
  decodeChannelOpen,
  decodeChannelOpenConfirmation,
  decodeChannelOpenFailure,
  encodeChannelOpen,
  encodeChannelOpenConfirmation,
  encodeChannelOpenFailure,
} from "../messages/connection.ts";
import type { Role } from "../transport/legal-messages.ts";
import { printable } from "../wire/printable.ts";
import { Channel, type ChannelPurpose, describePurpose } from "./channel.ts";
import type { ChannelRequests, ChannelTable } from "./channel-requests.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { ConnectionPort } from "./port.ts";

const SESSION = "session";
const NO_DATA = new Uint8Array(0);

export interface ChannelOpeningOptions {
  readonly role: Role;
  readonly port: ConnectionPort;
  readonly limits: ConnectionLimits;
  readonly table: ChannelTable;
  readonly requests: ChannelRequests;
}

/** How channels begin (RFC 4254 §5.1). Clients open sessions, servers accept them; every other type is refused. */
export class ChannelOpening {
  readonly #options: ChannelOpeningOptions;
  #nextId = 0;

  constructor(options: ChannelOpeningOptions) {
    this.#options = options;
  }

  /** The earliest time at which an answer of the peer is late. */
  get deadline(): number | undefined {
    let earliest: number | undefined;
    for (const { deadline } of this.#channels.values())
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    return earliest;
  }

  get #channels(): Map<number, Channel> {
    return this.#options.table.channels;
  }

  advance(now: number): void {
    for (const channel of this.#channels.values()) {
      if (channel.deadline === undefined || now < channel.deadline) continue;
      const step = channel.state === "opening" ? "open a channel" : "start it";
      const error = new SshError(
        "timeout-channel-open",
        `opening ${describePurpose(channel.purpose)}: the server did not answer the request to ${step} in time`,
        { phase: "connection" },
      );
      this.abandon(channel.local);
      this.#options.port.emit({ type: "channelFailed", channel: channel.local, error });
    }
  }

  open(purpose: ChannelPurpose, deadline: number): number {
    const { limits, port } = this.#options;
    if (this.#channels.size >= limits.maxChannels)
      throw new SshError("local-usage", `opening a channel: there are ${limits.maxChannels} already`);
    const id = this.#freeId();
    const channel = new Channel(id, "opening", purpose, limits.windowBytes);
    channel.deadline = deadline;
    this.#channels.set(id, channel);
    port.send(
      encodeChannelOpen({
        type: "channelOpen",
        channelType: SESSION,
        senderChannel: id,
        initialWindowSize: limits.windowBytes,
        maximumPacketSize: limits.maxDataBytes,
        data: NO_DATA,
      }),
    );
    return id;
  }

  abandon(id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    channel.deadline = undefined;
    channel.abandoned = true;
    // A channel that is not open yet is closed when the peer says that it is.
    if (channel.state !== "opening") this.#options.table.close(channel);
  }

  receiveConfirmation(payload: Uint8Array): void {
    const { recipientChannel, senderChannel, initialWindowSize, maximumPacketSize } =
      decodeChannelOpenConfirmation(payload);
    const channel = this.#openingChannel(recipientChannel);
    requirePacketSize(maximumPacketSize);
    channel.open(senderChannel, initialWindowSize, Math.min(maximumPacketSize, this.#options.limits.maxDataBytes));
    channel.state = "requesting";
    if (channel.abandoned) this.#options.table.close(channel);
    else this.#options.requests.request(channel);
  }

  receiveFailure(payload: Uint8Array): void {
    const { recipientChannel, reason, description } = decodeChannelOpenFailure(payload);
    const channel = this.#openingChannel(recipientChannel);
    this.#channels.delete(channel.local);
    if (channel.abandoned) return;
    const error = new SshError(
      "channel-open-refused",
      `opening ${describePurpose(channel.purpose)}: the server refused the channel with reason ${reason}: "${printable(description, 200)}"`,
      { phase: "connection" },
    );
    this.#options.port.emit({ type: "channelFailed", channel: channel.local, error });
  }

  receiveOpen(payload: Uint8Array): void {
    const { role, limits, port } = this.#options;
    const { channelType, senderChannel, initialWindowSize, maximumPacketSize } = decodeChannelOpen(payload);
    if (role === "client") {
      // RFC 4254 §6.1: a client SHOULD reject session channels; the other types were never asked for.
      this.#refuse(senderChannel, channelOpenFailureReasons.administrativelyProhibited, "clients accept no channels");
      return;
    }
    if (channelType !== SESSION) {
      this.#refuse(senderChannel, channelOpenFailureReasons.unknownChannelType, "only sessions are available");
      return;
    }
    if (this.#channels.size >= limits.maxChannels) {
      this.#refuse(senderChannel, channelOpenFailureReasons.resourceShortage, "too many channels");
      return;
    }
    requirePacketSize(maximumPacketSize);
    const id = this.#freeId();
    const channel = new Channel(id, "bare", undefined, limits.windowBytes);
    channel.open(senderChannel, initialWindowSize, Math.min(maximumPacketSize, limits.maxDataBytes));
    this.#channels.set(id, channel);
    port.send(
      encodeChannelOpenConfirmation({
        type: "channelOpenConfirmation",
        recipientChannel: senderChannel,
        senderChannel: id,
        initialWindowSize: limits.windowBytes,
        maximumPacketSize: limits.maxDataBytes,
        data: NO_DATA,
      }),
    );
  }

  #refuse(recipientChannel: number, reason: number, description: string): void {
    this.#options.port.send(
      encodeChannelOpenFailure({ type: "channelOpenFailure", recipientChannel, reason, description, languageTag: "" }),
    );
  }

  #openingChannel(id: number): Channel {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.state !== "opening")
      throw new SshError(
        "channel-protocol",
        `opening a channel: the peer answers for channel ${id}, which is not being opened`,
        {
          phase: "connection",
        },
      );
    return channel;
  }

  /** Numbers go up, so that a late message about an old channel does not hit a new one. */
  #freeId(): number {
    while (this.#channels.has(this.#nextId)) this.#nextId = (this.#nextId + 1) >>> 0;
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    return id;
  }
}

function requirePacketSize(maximumPacketSize: number): void {
  // A peer that takes no data in any packet would make every write wait for ever.
  if (maximumPacketSize === 0)
    throw new SshError("channel-protocol", "opening a channel: the peer's maximum packet size is 0", {
      phase: "connection",
    });
}

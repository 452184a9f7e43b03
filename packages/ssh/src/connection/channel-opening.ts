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
import { decodeDirectTcpip, encodeDirectTcpip } from "../messages/direct-tcpip.ts";
import type { Role } from "../transport/legal-messages.ts";
import { printable } from "../wire/printable.ts";
import { Channel, type ChannelPurpose, describePurpose } from "./channel.ts";
import type { ChannelRequests, ChannelTable } from "./channel-requests.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { ConnectionPort } from "./port.ts";

const SESSION = "session";
const DIRECT_TCPIP = "direct-tcpip";
/** Longest host name to connect to: that of the domain name system (RFC 1035 §2.3.4). */
const MAX_HOST = 255;
const NO_DATA = new Uint8Array(0);

export interface ChannelOpeningOptions {
  readonly role: Role;
  readonly port: ConnectionPort;
  readonly limits: ConnectionLimits;
  /** Server: whether clients may ask for connections to somewhere else (RFC 4254 §7.2). */
  readonly allowsDirectTcpip: boolean;
}

/**
 * How channels begin (RFC 4254 §5.1). Clients open sessions and connections to somewhere else, servers accept the former and
 * let the application decide about the latter; every other type is refused.
 */
export class ChannelOpening {
  readonly #options: ChannelOpeningOptions;
  readonly #table: ChannelTable;
  readonly #requests: ChannelRequests;
  #nextId = 0;

  constructor(options: ChannelOpeningOptions, table: ChannelTable, requests: ChannelRequests) {
    this.#options = options;
    this.#table = table;
    this.#requests = requests;
  }

  /** The earliest time at which an answer of the peer is late. */
  get deadline(): number | undefined {
    let earliest: number | undefined;
    for (const { deadline } of this.#channels.values())
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    return earliest;
  }

  get #channels(): Map<number, Channel> {
    return this.#table.channels;
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
    const direct = purpose.kind === "direct-tcpip" ? purpose.target : undefined;
    if (direct !== undefined && !isTarget(direct.host, direct.port))
      throw new SshError(
        "local-usage",
        `opening a channel: "${direct.host}" port ${direct.port} is no address to connect to`,
      );
    if (this.#channels.size >= limits.maxChannels)
      throw new SshError("local-usage", `opening a channel: there are ${limits.maxChannels} already`);
    const id = this.#freeId();
    const channel = new Channel(id, "opening", purpose, limits.windowBytes);
    channel.deadline = deadline;
    this.#channels.set(id, channel);
    port.send(
      encodeChannelOpen({
        type: "channelOpen",
        channelType: direct === undefined ? SESSION : DIRECT_TCPIP,
        senderChannel: id,
        initialWindowSize: limits.windowBytes,
        maximumPacketSize: limits.maxDataBytes,
        data: direct === undefined ? NO_DATA : encodeDirectTcpip(direct),
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
    if (channel.state !== "opening") this.#table.sendClose(channel);
  }

  receiveConfirmation(payload: Uint8Array): void {
    const { recipientChannel, senderChannel, initialWindowSize, maximumPacketSize } =
      decodeChannelOpenConfirmation(payload);
    const channel = this.#openingChannel(recipientChannel);
    requirePacketSize(maximumPacketSize);
    channel.open(senderChannel, initialWindowSize, Math.min(maximumPacketSize, this.#options.limits.maxDataBytes));
    // A connection carries data from here on; a session has to be told first what it is for.
    channel.state = channel.isSession ? "requesting" : "ready";
    if (channel.abandoned) {
      this.#table.sendClose(channel);
      return;
    }
    if (channel.isSession) {
      this.#requests.request(channel);
      return;
    }
    channel.deadline = undefined;
    this.#options.port.emit({ type: "channelReady", channel: channel.local });
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
    const { role, limits, allowsDirectTcpip } = this.#options;
    const { channelType, senderChannel, initialWindowSize, maximumPacketSize, data } = decodeChannelOpen(payload);
    if (role === "client") {
      // RFC 4254 §6.1: a client SHOULD reject session channels; the other types were never asked for.
      this.#refuse(senderChannel, channelOpenFailureReasons.administrativelyProhibited, "clients accept no channels");
      return;
    }
    if (channelType === DIRECT_TCPIP && !allowsDirectTcpip) {
      this.#refuse(senderChannel, channelOpenFailureReasons.administrativelyProhibited, "no connections from here");
      return;
    }
    if (channelType !== SESSION && channelType !== DIRECT_TCPIP) {
      this.#refuse(senderChannel, channelOpenFailureReasons.unknownChannelType, "only sessions are available");
      return;
    }
    if (this.#channels.size >= limits.maxChannels) {
      this.#refuse(senderChannel, channelOpenFailureReasons.resourceShortage, "too many channels");
      return;
    }
    requirePacketSize(maximumPacketSize);
    const target = channelType === DIRECT_TCPIP ? decodeDirectTcpip(data) : undefined;
    if (target !== undefined && !isTarget(target.host, target.port)) {
      this.#refuse(senderChannel, channelOpenFailureReasons.connectFailed, "that is no address");
      return;
    }
    const purpose = target === undefined ? undefined : ({ kind: DIRECT_TCPIP, target } as const);
    const channel = new Channel(this.#freeId(), "pending", purpose, limits.windowBytes);
    channel.open(senderChannel, initialWindowSize, Math.min(maximumPacketSize, limits.maxDataBytes));
    this.#channels.set(channel.local, channel);
    if (target === undefined) this.#confirm(channel, "bare");
    else this.#options.port.emit({ type: "directTcpipRequested", channel: channel.local, target });
  }

  /** The application has a connection to where the client wanted one. */
  acceptDirectTcpip(id: number): void {
    const channel = this.#channels.get(id);
    if (channel?.state === "pending") this.#confirm(channel, "ready");
  }

  /** The application has none: it does not allow it, or could not make it. */
  refuseDirectTcpip(id: number, why: "prohibited" | "failed"): void {
    const channel = this.#channels.get(id);
    if (channel?.state !== "pending") return;
    this.#channels.delete(id);
    const { administrativelyProhibited, connectFailed } = channelOpenFailureReasons;
    if (why === "prohibited") this.#refuse(channel.remote, administrativelyProhibited, "not allowed");
    else this.#refuse(channel.remote, connectFailed, "the connection failed");
  }

  #confirm(channel: Channel, state: "bare" | "ready"): void {
    const { limits, port } = this.#options;
    channel.state = state;
    port.send(
      encodeChannelOpenConfirmation({
        type: "channelOpenConfirmation",
        recipientChannel: channel.remote,
        senderChannel: channel.local,
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

/** What a program may be asked to connect to. Control characters are in no name, and would reach logs. */
function isTarget(host: string, port: number): boolean {
  const isName = host.length > 0 && host.length <= MAX_HOST && printable(host, MAX_HOST) === host;
  return isName && Number.isInteger(port) && port > 0 && port <= 0xffff;
}

function requirePacketSize(maximumPacketSize: number): void {
  // A peer that takes no data in any packet would make every write wait for ever.
  if (maximumPacketSize === 0)
    throw new SshError("channel-protocol", "opening a channel: the peer's maximum packet size is 0", {
      phase: "connection",
    });
}

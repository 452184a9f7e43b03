import { expect } from "vitest";
import { defaultConnectionLimits } from "../../src/connection/limits.ts";
import { encodeUserauthRequest } from "../../src/messages/auth-request.ts";
import {
  type ChannelRequestBody,
  encodeChannelData,
  encodeChannelRequest,
  encodeChannelSignal,
  encodeChannelWindowAdjust,
} from "../../src/messages/channel.ts";
import {
  decodeChannelOpenConfirmation,
  encodeChannelOpen,
  encodeChannelOpenConfirmation,
} from "../../src/messages/connection.ts";
import { encodeExtInfo, encodeServiceAccept, encodeServiceRequest } from "../../src/messages/transport.ts";
import {
  type SshClientEvent,
  SshClientMachine,
  type SshClientMachineOptions,
} from "../../src/session/client-machine.ts";
import {
  type SshServerEvent,
  SshServerMachine,
  type SshServerMachineOptions,
} from "../../src/session/server-machine.ts";
import { clientOptions, serverOptions } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";

export const NO_DATA = new Uint8Array(0);
export const SUCCESS = 99;
export const FAILURE = 100;
export const CLOSE = 97;
export const OPEN_FAILURE = 92;

/** A server with a client that says whatever a test wants, logged in. */
export class ServerCase {
  readonly server: SshServerMachine;
  readonly peer: RawPeer;
  readonly events: SshServerEvent[] = [];

  /** `begin` makes the peer, and may let it begin the conversation in its own way. */
  constructor(
    limits: Partial<typeof defaultConnectionLimits> = {},
    options: Partial<SshServerMachineOptions> = {},
    begin: (server: SshServerMachine) => RawPeer = () => new RawPeer("client"),
  ) {
    this.server = new SshServerMachine(
      serverOptions({
        ...options,
        algorithms: quickCrypto,
        hostKeys: options.hostKeys ?? [quickSigner],
        connectionLimits: { ...defaultConnectionLimits, ...limits },
      }),
    );
    this.peer = begin(this.server);
    this.peer.exchange(this.server);
    this.peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" })).exchange(this.server);
    this.peer.transport.enter("authentication");
    const method = { name: "none" } as const;
    this.peer.send(
      encodeUserauthRequest({ type: "userauthRequest", username: "ada", service: "ssh-connection", method }),
    );
    this.peer.exchange(this.server, { decide: () => ({ accept: true }) });
    this.peer.transport.enter("open");
    this.peer.received.length = 0;
  }

  /** Sends messages and gives the numbers of the answers. */
  say(...payloads: Uint8Array[]): number[] {
    for (const payload of payloads) this.peer.send(payload);
    return this.run();
  }

  run(): number[] {
    const toServer = this.peer.transport.takeOutput();
    if (toServer !== undefined) this.server.receive(toServer);
    for (let event = this.server.nextEvent(); event !== undefined; event = this.server.nextEvent())
      this.events.push(event);
    const toPeer = this.server.takeOutput();
    if (toPeer !== undefined) this.peer.transport.receive(toPeer);
    return this.peer.takeNumbers();
  }

  event<T extends SshServerEvent["type"]>(type: T): Extract<SshServerEvent, { type: T }> | undefined {
    return this.events.findLast((event) => event.type === type) as never;
  }

  /** Opens a channel with our number `id`; gives the server's number. */
  open(id = 7, window = 1 << 20, packet = 1 << 15): number {
    this.peer.send(open("session", id, window, packet));
    const toServer = this.peer.transport.takeOutput();
    this.server.receive(toServer ?? NO_DATA);
    this.peer.transport.receive(this.server.takeOutput() ?? NO_DATA);
    return decodeChannelOpenConfirmation(this.peer.received.pop() ?? NO_DATA).senderChannel;
  }

  ready(id = 7, window = 1 << 20, packet = 1 << 15): number {
    const channel = this.open(id, window, packet);
    this.say(request(channel, { name: "subsystem", subsystem: "netconf" }));
    this.server.acceptSubsystem(channel);
    expect(this.run()).toEqual([SUCCESS]);
    return channel;
  }
}

export const open = (
  channelType: string,
  senderChannel: number,
  initialWindowSize = 1 << 20,
  maximumPacketSize = 1 << 15,
  openData: Uint8Array = NO_DATA,
) =>
  encodeChannelOpen({
    type: "channelOpen",
    channelType,
    senderChannel,
    initialWindowSize,
    maximumPacketSize,
    data: openData,
  });
export const request = (recipientChannel: number, body: ChannelRequestBody, wantReply = true) =>
  encodeChannelRequest({ type: "channelRequest", recipientChannel, wantReply, request: body });
export const data = (recipientChannel: number, bytes: number) =>
  encodeChannelData({ type: "channelData", recipientChannel, data: new Uint8Array(bytes) });
export const signal = (
  type: "channelEof" | "channelClose" | "channelSuccess" | "channelFailure",
  recipientChannel: number,
) => encodeChannelSignal({ type, recipientChannel });
export const adjust = (recipientChannel: number, bytesToAdd: number) =>
  encodeChannelWindowAdjust({ type: "channelWindowAdjust", recipientChannel, bytesToAdd });

/** A client with a server that says whatever a test wants, logged in. */
export class ClientCase {
  readonly client: SshClientMachine;
  readonly peer = new RawPeer("server");
  readonly events: SshClientEvent[] = [];

  /** `ping`: whether the server answers SSH_MSG_PING. */
  constructor({ ping = true, ...options }: Partial<SshClientMachineOptions> & { readonly ping?: boolean } = {}) {
    this.client = new SshClientMachine(clientOptions({ algorithms: quickCrypto, ...options }));
    this.client.login("ada", [{ method: "none" }]);
    this.peer.exchange(this.client);
    this.peer.transport.enter("authentication");
    this.peer.send(encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" })).exchange(this.client);
    // RFC 8308 §2.4: a second SSH_MSG_EXT_INFO takes back what the first one said.
    if (!ping) this.peer.send(encodeExtInfo({ type: "extInfo", extensions: new Map() }));
    this.peer.send(52).exchange(this.client);
    this.peer.transport.enter("open");
    this.peer.received.length = 0;
  }

  say(...payloads: Uint8Array[]): number[] {
    for (const payload of payloads) this.peer.send(payload);
    const toClient = this.peer.transport.takeOutput();
    if (toClient !== undefined) this.client.receive(toClient);
    for (let event = this.client.nextEvent(); event !== undefined; event = this.client.nextEvent())
      this.events.push(event);
    const toPeer = this.client.takeOutput();
    if (toPeer !== undefined) this.peer.transport.receive(toPeer);
    return this.peer.takeNumbers();
  }

  event<T extends SshClientEvent["type"]>(type: T): Extract<SshClientEvent, { type: T }> | undefined {
    return this.events.findLast((event) => event.type === type) as never;
  }

  confirm(recipientChannel: number, packet = 1 << 15): Uint8Array {
    return encodeChannelOpenConfirmation({
      type: "channelOpenConfirmation",
      recipientChannel,
      senderChannel: 70,
      initialWindowSize: 1000,
      maximumPacketSize: packet,
      data: NO_DATA,
    });
  }
}

export const netconf = { kind: "subsystem", name: "netconf" } as const;

import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

// RFC 4254 §4
export interface GlobalRequest {
  readonly type: "globalRequest";
  readonly name: string;
  readonly wantReply: boolean;
  /** What belongs to this request, unread. */
  readonly data: Uint8Array;
}

export function encodeGlobalRequest(message: GlobalRequest): Uint8Array {
  return writeMessage(SSH_MSG.globalRequest).text(message.name).bool(message.wantReply).bytes(message.data).take();
}

export function decodeGlobalRequest(payload: Uint8Array): GlobalRequest {
  const reader = readMessage(payload, SSH_MSG.globalRequest);
  const name = reader.text();
  const wantReply = reader.bool();
  return { type: "globalRequest", name, wantReply, data: reader.rest() };
}

// RFC 4254 §4
export interface RequestSuccess {
  readonly type: "requestSuccess";
  readonly data: Uint8Array;
}

export function encodeRequestSuccess(message: RequestSuccess): Uint8Array {
  return writeMessage(SSH_MSG.requestSuccess).bytes(message.data).take();
}

export function decodeRequestSuccess(payload: Uint8Array): RequestSuccess {
  return { type: "requestSuccess", data: readMessage(payload, SSH_MSG.requestSuccess).rest() };
}

// RFC 4254 §4
export interface RequestFailure {
  readonly type: "requestFailure";
}

export function encodeRequestFailure(): Uint8Array {
  return writeMessage(SSH_MSG.requestFailure, 1).take();
}

export function decodeRequestFailure(payload: Uint8Array): RequestFailure {
  readMessage(payload, SSH_MSG.requestFailure).end();
  return { type: "requestFailure" };
}

// RFC 4254 §5.1
export interface ChannelOpen {
  readonly type: "channelOpen";
  readonly channelType: string;
  readonly senderChannel: number;
  readonly initialWindowSize: number;
  readonly maximumPacketSize: number;
  /** What belongs to this channel type, unread; empty for `session`. */
  readonly data: Uint8Array;
}

export function encodeChannelOpen(message: ChannelOpen): Uint8Array {
  return writeMessage(SSH_MSG.channelOpen)
    .text(message.channelType)
    .u32(message.senderChannel)
    .u32(message.initialWindowSize)
    .u32(message.maximumPacketSize)
    .bytes(message.data)
    .take();
}

export function decodeChannelOpen(payload: Uint8Array): ChannelOpen {
  const reader = readMessage(payload, SSH_MSG.channelOpen);
  const channelType = reader.text();
  const senderChannel = reader.u32();
  const initialWindowSize = reader.u32();
  const maximumPacketSize = reader.u32();
  const data = reader.rest();
  return { type: "channelOpen", channelType, senderChannel, initialWindowSize, maximumPacketSize, data };
}

// RFC 4254 §5.1
export interface ChannelOpenConfirmation {
  readonly type: "channelOpenConfirmation";
  readonly recipientChannel: number;
  readonly senderChannel: number;
  readonly initialWindowSize: number;
  readonly maximumPacketSize: number;
  /** What belongs to this channel type, unread; empty for `session`. */
  readonly data: Uint8Array;
}

export function encodeChannelOpenConfirmation(message: ChannelOpenConfirmation): Uint8Array {
  return writeMessage(SSH_MSG.channelOpenConfirmation)
    .u32(message.recipientChannel)
    .u32(message.senderChannel)
    .u32(message.initialWindowSize)
    .u32(message.maximumPacketSize)
    .bytes(message.data)
    .take();
}

export function decodeChannelOpenConfirmation(payload: Uint8Array): ChannelOpenConfirmation {
  const reader = readMessage(payload, SSH_MSG.channelOpenConfirmation);
  const recipientChannel = reader.u32();
  const senderChannel = reader.u32();
  const initialWindowSize = reader.u32();
  const maximumPacketSize = reader.u32();
  const data = reader.rest();
  return {
    type: "channelOpenConfirmation",
    recipientChannel,
    senderChannel,
    initialWindowSize,
    maximumPacketSize,
    data,
  };
}

// RFC 4254 §5.1
export interface ChannelOpenFailure {
  readonly type: "channelOpenFailure";
  readonly recipientChannel: number;
  /** One of `channelOpenFailureReasons`, or a number of the peer's own. */
  readonly reason: number;
  /** Raw text of the peer: show it through `printable()`. */
  readonly description: string;
  readonly languageTag: string;
}

/** RFC 4254 §5.1: the reason codes. */
export const channelOpenFailureReasons = {
  administrativelyProhibited: 1,
  connectFailed: 2,
  unknownChannelType: 3,
  resourceShortage: 4,
} as const;

export function encodeChannelOpenFailure(message: ChannelOpenFailure): Uint8Array {
  return writeMessage(SSH_MSG.channelOpenFailure)
    .u32(message.recipientChannel)
    .u32(message.reason)
    .text(message.description)
    .text(message.languageTag)
    .take();
}

export function decodeChannelOpenFailure(payload: Uint8Array): ChannelOpenFailure {
  const reader = readMessage(payload, SSH_MSG.channelOpenFailure);
  const recipientChannel = reader.u32();
  const reason = reader.u32();
  const description = reader.description();
  const languageTag = reader.description();
  reader.end();
  return { type: "channelOpenFailure", recipientChannel, reason, description, languageTag };
}

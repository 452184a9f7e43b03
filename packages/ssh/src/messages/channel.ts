import type { SshWriter } from "../wire/writer.ts";
import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

// RFC 4254 §5.2
export interface ChannelWindowAdjust {
  readonly type: "channelWindowAdjust";
  readonly recipientChannel: number;
  readonly bytesToAdd: number;
}

export function encodeChannelWindowAdjust(message: ChannelWindowAdjust): Uint8Array {
  return writeMessage(SSH_MSG.channelWindowAdjust, 9).u32(message.recipientChannel).u32(message.bytesToAdd).take();
}

export function decodeChannelWindowAdjust(payload: Uint8Array): ChannelWindowAdjust {
  const reader = readMessage(payload, SSH_MSG.channelWindowAdjust);
  const recipientChannel = reader.u32();
  const bytesToAdd = reader.u32();
  reader.end();
  return { type: "channelWindowAdjust", recipientChannel, bytesToAdd };
}

// RFC 4254 §5.2
export interface ChannelData {
  readonly type: "channelData";
  readonly recipientChannel: number;
  readonly data: Uint8Array;
}

export function encodeChannelData(message: ChannelData): Uint8Array {
  // The exact size: the data is copied once.
  return writeMessage(SSH_MSG.channelData, 9 + message.data.length)
    .u32(message.recipientChannel)
    .string(message.data)
    .take();
}

export function decodeChannelData(payload: Uint8Array): ChannelData {
  const reader = readMessage(payload, SSH_MSG.channelData);
  const recipientChannel = reader.u32();
  const data = reader.string();
  reader.end();
  return { type: "channelData", recipientChannel, data };
}

// RFC 4254 §5.2
export interface ChannelExtendedData {
  readonly type: "channelExtendedData";
  readonly recipientChannel: number;
  /** 1 is SSH_EXTENDED_DATA_STDERR. */
  readonly dataType: number;
  readonly data: Uint8Array;
}

export function encodeChannelExtendedData(message: ChannelExtendedData): Uint8Array {
  return writeMessage(SSH_MSG.channelExtendedData, 13 + message.data.length)
    .u32(message.recipientChannel)
    .u32(message.dataType)
    .string(message.data)
    .take();
}

export function decodeChannelExtendedData(payload: Uint8Array): ChannelExtendedData {
  const reader = readMessage(payload, SSH_MSG.channelExtendedData);
  const recipientChannel = reader.u32();
  const dataType = reader.u32();
  const data = reader.string();
  reader.end();
  return { type: "channelExtendedData", recipientChannel, dataType, data };
}

// RFC 4254 §5.3 (EOF, CLOSE) and §5.4 (SUCCESS, FAILURE): messages that only name a channel.
export interface ChannelSignal {
  readonly type: "channelEof" | "channelClose" | "channelSuccess" | "channelFailure";
  readonly recipientChannel: number;
}

export function encodeChannelSignal(message: ChannelSignal): Uint8Array {
  return writeMessage(SSH_MSG[message.type], 5).u32(message.recipientChannel).take();
}

/** Decodes SSH_MSG_CHANNEL_EOF, CLOSE, SUCCESS and FAILURE: which one, the caller says. */
export function decodeChannelSignal(payload: Uint8Array, type: ChannelSignal["type"]): ChannelSignal {
  const reader = readMessage(payload, SSH_MSG[type]);
  const recipientChannel = reader.u32();
  reader.end();
  return { type, recipientChannel };
}

// RFC 4254 §5.4
export interface ChannelRequest {
  readonly type: "channelRequest";
  readonly recipientChannel: number;
  readonly wantReply: boolean;
  readonly request: ChannelRequestBody;
}

export type ChannelRequestBody =
  | { readonly name: "shell" } // RFC 4254 §6.5
  | { readonly name: "exec"; readonly command: string } // RFC 4254 §6.5
  | { readonly name: "subsystem"; readonly subsystem: string } // RFC 4254 §6.5
  | { readonly name: "env"; readonly variable: string; readonly value: string } // RFC 4254 §6.4
  | { readonly name: "exit-status"; readonly status: number } // RFC 4254 §6.10
  | ExitSignalRequest
  /** Any other request; what belongs to it is kept unread. */
  | { readonly name: "unknown"; readonly requestType: string; readonly data: Uint8Array };

// RFC 4254 §6.10
export interface ExitSignalRequest {
  readonly name: "exit-signal";
  /** Without the "SIG" prefix. */
  readonly signal: string;
  readonly coreDumped: boolean;
  /** Raw text of the peer: show it through `printable()`. */
  readonly message: string;
  readonly languageTag: string;
}

export function encodeChannelRequest(message: ChannelRequest): Uint8Array {
  const { request } = message;
  const writer = writeMessage(SSH_MSG.channelRequest)
    .u32(message.recipientChannel)
    .text(request.name === "unknown" ? request.requestType : request.name)
    .bool(message.wantReply);
  writeRequest(writer, request);
  return writer.take();
}

function writeRequest(writer: SshWriter, request: ChannelRequestBody): void {
  switch (request.name) {
    case "shell":
      return;
    case "exec":
      writer.text(request.command);
      return;
    case "subsystem":
      writer.text(request.subsystem);
      return;
    case "env":
      writer.text(request.variable).text(request.value);
      return;
    case "exit-status":
      writer.u32(request.status);
      return;
    case "exit-signal":
      writer.text(request.signal).bool(request.coreDumped).text(request.message).text(request.languageTag);
      return;
    case "unknown":
      writer.bytes(request.data);
      return;
  }
}

export function decodeChannelRequest(payload: Uint8Array): ChannelRequest {
  const reader = readMessage(payload, SSH_MSG.channelRequest);
  const recipientChannel = reader.u32();
  const name = reader.text();
  const wantReply = reader.bool();
  const request = readRequest();
  reader.end();
  return { type: "channelRequest", recipientChannel, wantReply, request };

  function readRequest(): ChannelRequestBody {
    switch (name) {
      case "shell":
        return { name };
      case "exec":
        return { name, command: reader.text() };
      case "subsystem":
        return { name, subsystem: reader.text() };
      case "env":
        return { name, variable: reader.text(), value: reader.description() };
      case "exit-status":
        return { name, status: reader.u32() };
      case "exit-signal":
        return {
          name,
          signal: reader.text(),
          coreDumped: reader.bool(),
          message: reader.description(),
          languageTag: reader.description(),
        };
      default:
        return { name: "unknown", requestType: name, data: reader.rest() };
    }
  }
}

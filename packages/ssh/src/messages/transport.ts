import type { SshReader } from "../wire/reader.ts";
import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

// RFC 4253 §11.1
export interface Disconnect {
  readonly type: "disconnect";
  /** One of `disconnectReasons`, or a number of the peer's own. */
  readonly reason: number;
  /** Raw text of the peer: show it through `printable()`. */
  readonly description: string;
  readonly languageTag: string;
}

/** RFC 4253 §11.1: the reason codes in use. */
export const disconnectReasons = {
  hostNotAllowedToConnect: 1,
  protocolError: 2,
  keyExchangeFailed: 3,
  macError: 5,
  compressionError: 6,
  serviceNotAvailable: 7,
  protocolVersionNotSupported: 8,
  hostKeyNotVerifiable: 9,
  connectionLost: 10,
  byApplication: 11,
  tooManyConnections: 12,
  authCancelledByUser: 13,
  noMoreAuthMethodsAvailable: 14,
  illegalUserName: 15,
} as const;

export function encodeDisconnect(message: Disconnect): Uint8Array {
  return writeMessage(SSH_MSG.disconnect)
    .u32(message.reason)
    .text(message.description)
    .text(message.languageTag)
    .take();
}

export function decodeDisconnect(payload: Uint8Array): Disconnect {
  const reader = readMessage(payload, SSH_MSG.disconnect);
  const reason = reader.u32();
  const description = reader.description();
  // Some devices leave the language tag out; the connection is over anyway.
  const languageTag = reader.remaining === 0 ? "" : reader.description();
  reader.end();
  return { type: "disconnect", reason, description, languageTag };
}

// RFC 4253 §11.2
export interface Ignore {
  readonly type: "ignore";
  readonly data: Uint8Array;
}

export function encodeIgnore(message: Ignore): Uint8Array {
  return writeMessage(SSH_MSG.ignore).string(message.data).take();
}

export function decodeIgnore(payload: Uint8Array): Ignore {
  const reader = readMessage(payload, SSH_MSG.ignore);
  const data = reader.string();
  reader.end();
  return { type: "ignore", data };
}

// RFC 4253 §11.4
export interface Unimplemented {
  readonly type: "unimplemented";
  /** The sequence number of the packet that was not understood. */
  readonly sequence: number;
}

export function encodeUnimplemented(message: Unimplemented): Uint8Array {
  return writeMessage(SSH_MSG.unimplemented).u32(message.sequence).take();
}

export function decodeUnimplemented(payload: Uint8Array): Unimplemented {
  const reader = readMessage(payload, SSH_MSG.unimplemented);
  const sequence = reader.u32();
  reader.end();
  return { type: "unimplemented", sequence };
}

// RFC 4253 §11.3
export interface Debug {
  readonly type: "debug";
  readonly alwaysDisplay: boolean;
  /** Raw text of the peer: show it through `printable()`. */
  readonly message: string;
  readonly languageTag: string;
}

export function encodeDebug(message: Debug): Uint8Array {
  return writeMessage(SSH_MSG.debug).bool(message.alwaysDisplay).text(message.message).text(message.languageTag).take();
}

export function decodeDebug(payload: Uint8Array): Debug {
  const reader = readMessage(payload, SSH_MSG.debug);
  const alwaysDisplay = reader.bool();
  const message = reader.description();
  const languageTag = reader.description();
  reader.end();
  return { type: "debug", alwaysDisplay, message, languageTag };
}

// RFC 4253 §10
export interface ServiceRequest {
  readonly type: "serviceRequest";
  readonly service: string;
}

export function encodeServiceRequest(message: ServiceRequest): Uint8Array {
  return writeMessage(SSH_MSG.serviceRequest).text(message.service).take();
}

export function decodeServiceRequest(payload: Uint8Array): ServiceRequest {
  return { type: "serviceRequest", service: onlyText(readMessage(payload, SSH_MSG.serviceRequest)) };
}

// RFC 4253 §10
export interface ServiceAccept {
  readonly type: "serviceAccept";
  readonly service: string;
}

export function encodeServiceAccept(message: ServiceAccept): Uint8Array {
  return writeMessage(SSH_MSG.serviceAccept).text(message.service).take();
}

export function decodeServiceAccept(payload: Uint8Array): ServiceAccept {
  return { type: "serviceAccept", service: onlyText(readMessage(payload, SSH_MSG.serviceAccept)) };
}

// RFC 8308 §2.3
export interface ExtInfo {
  readonly type: "extInfo";
  /** Extension name → raw value. A name that comes twice keeps its first value. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
}

// OpenSSH sends three or four extensions. Each costs us at least 8 bytes of input, so this bounds work, not memory.
const maxExtensions = 256;

export function encodeExtInfo(message: ExtInfo): Uint8Array {
  const writer = writeMessage(SSH_MSG.extInfo).u32(message.extensions.size);
  for (const [name, value] of message.extensions) writer.text(name).string(value);
  return writer.take();
}

export function decodeExtInfo(payload: Uint8Array): ExtInfo {
  const reader = readMessage(payload, SSH_MSG.extInfo);
  const count = reader.u32();
  if (count > maxExtensions || 8 * count > reader.remaining) reader.fail(`${count} extensions are announced`);
  const extensions = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const name = reader.text();
    const value = reader.string();
    if (!extensions.has(name)) extensions.set(name, value);
  }
  reader.end();
  return { type: "extInfo", extensions };
}

// ping@openssh.com: sent only to peers that announced it in SSH_MSG_EXT_INFO; the pong carries the ping's data.
export interface Ping {
  readonly type: "ping" | "pong";
  readonly data: Uint8Array;
}

export function encodePing(message: Ping): Uint8Array {
  return writeMessage(SSH_MSG[message.type]).string(message.data).take();
}

/** Decodes SSH_MSG_PING and SSH_MSG_PONG. */
export function decodePing(payload: Uint8Array): Ping {
  const type = payload[0] === SSH_MSG.pong ? "pong" : "ping";
  const reader = readMessage(payload, SSH_MSG[type]);
  const data = reader.string();
  reader.end();
  return { type, data };
}

function onlyText(reader: SshReader): string {
  const text = reader.text();
  reader.end();
  return text;
}

import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

/*
 * The messages of RFC 4419 §3 and §5. Numbers are given as the bytes inside their mpints, just as they came: they enter
 * the exchange hash that way, and their values are judged by the key exchange method.
 */

/** SSH_MSG_KEX_DH_GEX_REQUEST: bits of the prime. */
export interface GexRequest {
  readonly type: "gexRequest";
  readonly min: number;
  readonly preferred: number;
  readonly max: number;
}

export function encodeGexRequest(message: GexRequest): Uint8Array {
  return writeMessage(SSH_MSG.gexRequest, 13).u32(message.min).u32(message.preferred).u32(message.max).take();
}

export function decodeGexRequest(payload: Uint8Array): GexRequest {
  const reader = readMessage(payload, SSH_MSG.gexRequest);
  const min = reader.u32();
  const preferred = reader.u32();
  const max = reader.u32();
  reader.end();
  return { type: "gexRequest", min, preferred, max };
}

/** SSH_MSG_KEX_DH_GEX_GROUP. */
export interface GexGroup {
  readonly type: "gexGroup";
  readonly prime: Uint8Array;
  readonly generator: Uint8Array;
}

export function encodeGexGroup(message: GexGroup): Uint8Array {
  return writeMessage(SSH_MSG.gexGroup).string(message.prime).string(message.generator).take();
}

export function decodeGexGroup(payload: Uint8Array): GexGroup {
  const reader = readMessage(payload, SSH_MSG.gexGroup, "SSH_MSG_KEX_DH_GEX_GROUP (31)");
  const prime = reader.string();
  const generator = reader.string();
  reader.end();
  return { type: "gexGroup", prime, generator };
}

/** SSH_MSG_KEX_DH_GEX_INIT: e. */
export interface GexInit {
  readonly type: "gexInit";
  readonly clientPublic: Uint8Array;
}

export function encodeGexInit(message: GexInit): Uint8Array {
  return writeMessage(SSH_MSG.gexInit).string(message.clientPublic).take();
}

export function decodeGexInit(payload: Uint8Array): GexInit {
  const reader = readMessage(payload, SSH_MSG.gexInit);
  const clientPublic = reader.string();
  reader.end();
  return { type: "gexInit", clientPublic };
}

/** SSH_MSG_KEX_DH_GEX_REPLY: K_S, f and the signature over the exchange hash. */
export interface GexReply {
  readonly type: "gexReply";
  readonly hostKey: Uint8Array;
  readonly serverPublic: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeGexReply(message: GexReply): Uint8Array {
  return writeMessage(SSH_MSG.gexReply)
    .string(message.hostKey)
    .string(message.serverPublic)
    .string(message.signature)
    .take();
}

export function decodeGexReply(payload: Uint8Array): GexReply {
  const reader = readMessage(payload, SSH_MSG.gexReply);
  const hostKey = reader.string();
  const serverPublic = reader.string();
  const signature = reader.string();
  reader.end();
  return { type: "gexReply", hostKey, serverPublic, signature };
}

import { SshError } from "../errors.ts";
import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

// RFC 4253 §7.1
export interface KexInit {
  readonly type: "kexInit";
  /** 16 random bytes. */
  readonly cookie: Uint8Array;
  readonly kexAlgorithms: readonly string[];
  readonly serverHostKeyAlgorithms: readonly string[];
  readonly encryptionClientToServer: readonly string[];
  readonly encryptionServerToClient: readonly string[];
  readonly macClientToServer: readonly string[];
  readonly macServerToClient: readonly string[];
  readonly compressionClientToServer: readonly string[];
  readonly compressionServerToClient: readonly string[];
  readonly languagesClientToServer: readonly string[];
  readonly languagesServerToClient: readonly string[];
  readonly firstKexPacketFollows: boolean;
}

export function encodeKexInit(message: KexInit): Uint8Array {
  if (message.cookie.length !== 16)
    throw new SshError("local-usage", `writing SSH_MSG_KEXINIT: the cookie has ${message.cookie.length} bytes, not 16`);
  return writeMessage(SSH_MSG.kexInit, 1024)
    .bytes(message.cookie)
    .nameList(message.kexAlgorithms)
    .nameList(message.serverHostKeyAlgorithms)
    .nameList(message.encryptionClientToServer)
    .nameList(message.encryptionServerToClient)
    .nameList(message.macClientToServer)
    .nameList(message.macServerToClient)
    .nameList(message.compressionClientToServer)
    .nameList(message.compressionServerToClient)
    .nameList(message.languagesClientToServer)
    .nameList(message.languagesServerToClient)
    .bool(message.firstKexPacketFollows)
    .u32(0)
    .take();
}

export function decodeKexInit(payload: Uint8Array): KexInit {
  const reader = readMessage(payload, SSH_MSG.kexInit);
  // A copy: the packet buffer is reused before the exchange is over.
  const cookie = reader.bytes(16).slice();
  const kexAlgorithms = reader.nameList();
  const serverHostKeyAlgorithms = reader.nameList();
  const encryptionClientToServer = reader.nameList();
  const encryptionServerToClient = reader.nameList();
  const macClientToServer = reader.nameList();
  const macServerToClient = reader.nameList();
  const compressionClientToServer = reader.nameList();
  const compressionServerToClient = reader.nameList();
  const languagesClientToServer = reader.nameList();
  const languagesServerToClient = reader.nameList();
  const firstKexPacketFollows = reader.bool();
  reader.u32(); // RFC 4253 §7.1: reserved, 0 today; a later extension may give it a meaning, so it is not checked.
  reader.end();
  return {
    type: "kexInit",
    cookie,
    kexAlgorithms,
    serverHostKeyAlgorithms,
    encryptionClientToServer,
    encryptionServerToClient,
    macClientToServer,
    macServerToClient,
    compressionClientToServer,
    compressionServerToClient,
    languagesClientToServer,
    languagesServerToClient,
    firstKexPacketFollows,
  };
}

// RFC 4253 §7.3
export interface NewKeys {
  readonly type: "newKeys";
}

export function encodeNewKeys(): Uint8Array {
  return writeMessage(SSH_MSG.newKeys, 1).take();
}

export function decodeNewKeys(payload: Uint8Array): NewKeys {
  readMessage(payload, SSH_MSG.newKeys).end();
  return { type: "newKeys" };
}

// RFC 5656 §4 (SSH_MSG_KEX_ECDH_INIT), RFC 8731 §3, draft-ietf-sshm-mlkem-hybrid-kex §2.2: one string each.
// The finite-field e of RFC 4253 §8 is an mpint, whose bytes on the wire have the same form.
export interface EcdhInit {
  readonly type: "ecdhInit";
  readonly clientPublic: Uint8Array;
}

export function encodeEcdhInit(message: EcdhInit): Uint8Array {
  return writeMessage(SSH_MSG.ecdhInit).string(message.clientPublic).take();
}

export function decodeEcdhInit(payload: Uint8Array): EcdhInit {
  const reader = readMessage(payload, SSH_MSG.ecdhInit);
  const clientPublic = reader.string();
  reader.end();
  return { type: "ecdhInit", clientPublic };
}

// RFC 5656 §4 (SSH_MSG_KEX_ECDH_REPLY)
export interface EcdhReply {
  readonly type: "ecdhReply";
  /** K_S, the host key blob. */
  readonly hostKey: Uint8Array;
  readonly serverPublic: Uint8Array;
  /** The signature blob over the exchange hash. */
  readonly signature: Uint8Array;
}

export function encodeEcdhReply(message: EcdhReply): Uint8Array {
  return writeMessage(SSH_MSG.ecdhReply)
    .string(message.hostKey)
    .string(message.serverPublic)
    .string(message.signature)
    .take();
}

export function decodeEcdhReply(payload: Uint8Array): EcdhReply {
  const reader = readMessage(payload, SSH_MSG.ecdhReply);
  const hostKey = reader.string();
  const serverPublic = reader.string();
  const signature = reader.string();
  reader.end();
  return { type: "ecdhReply", hostKey, serverPublic, signature };
}

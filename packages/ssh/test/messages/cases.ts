import fc from "fast-check";
import * as authReply from "../../src/messages/auth-reply.ts";
import * as authRequest from "../../src/messages/auth-request.ts";
import * as channel from "../../src/messages/channel.ts";
import * as connection from "../../src/messages/connection.ts";
import * as gex from "../../src/messages/group-exchange.ts";
import * as kex from "../../src/messages/kex.ts";
import { SSH_MSG } from "../../src/messages/numbers.ts";
import * as transport from "../../src/messages/transport.ts";

export interface MessageCase<M> {
  readonly number: number;
  readonly arbitrary: fc.Arbitrary<M>;
  readonly encode: (message: M) => Uint8Array;
  readonly decode: (payload: Uint8Array) => M;
  /** Whether bytes after the fields belong to the message. */
  readonly open?: boolean;
}

const u32 = fc.nat(0xffffffff);
const bytes = fc.uint8Array({ maxLength: 60 });
const text = fc.string({ unit: "grapheme", maxLength: 30 });
const names = fc.array(fc.stringMatching(/^[a-z0-9@.-]{1,64}$/), { maxLength: 6 });
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(fields);
const type = <T extends string>(name: T) => fc.constant(name);

const method: fc.Arbitrary<authRequest.UserauthMethod> = fc.oneof(
  record({ name: type("none") }),
  record({ name: type("publickey"), algorithm: text, publicBlob: bytes }),
  record({ name: type("publickey"), algorithm: text, publicBlob: bytes, signature: bytes }),
  record({ name: type("password"), password: text }),
  record({ name: type("password"), password: text, newPassword: text }),
  record({ name: type("keyboard-interactive"), languageTag: text, submethods: text }),
  record({ name: type("unknown"), method: type("hostbased"), data: bytes }),
);

const request: fc.Arbitrary<channel.ChannelRequestBody> = fc.oneof(
  record({ name: type("shell") }),
  record({ name: type("exec"), command: text }),
  record({ name: type("subsystem"), subsystem: text }),
  record({ name: type("env"), variable: text, value: text }),
  record({ name: type("exit-status"), status: u32 }),
  record({ name: type("exit-signal"), signal: text, coreDumped: fc.boolean(), message: text, languageTag: text }),
  record({ name: type("unknown"), requestType: type("pty-req"), data: bytes }),
);

/** One case for each message: how it is made, written and read. */
export const cases: Record<string, MessageCase<never>> = {
  disconnect: one(SSH_MSG.disconnect, transport.encodeDisconnect, transport.decodeDisconnect, {
    type: type("disconnect"),
    reason: u32,
    description: text,
    languageTag: text,
  }),
  ignore: one(SSH_MSG.ignore, transport.encodeIgnore, transport.decodeIgnore, { type: type("ignore"), data: bytes }),
  unimplemented: one(SSH_MSG.unimplemented, transport.encodeUnimplemented, transport.decodeUnimplemented, {
    type: type("unimplemented"),
    sequence: u32,
  }),
  debug: one(SSH_MSG.debug, transport.encodeDebug, transport.decodeDebug, {
    type: type("debug"),
    alwaysDisplay: fc.boolean(),
    message: text,
    languageTag: text,
  }),
  serviceRequest: one(SSH_MSG.serviceRequest, transport.encodeServiceRequest, transport.decodeServiceRequest, {
    type: type("serviceRequest"),
    service: text,
  }),
  serviceAccept: one(SSH_MSG.serviceAccept, transport.encodeServiceAccept, transport.decodeServiceAccept, {
    type: type("serviceAccept"),
    service: text,
  }),
  extInfo: one(SSH_MSG.extInfo, transport.encodeExtInfo, transport.decodeExtInfo, {
    type: type("extInfo"),
    extensions: fc.array(fc.tuple(text, bytes), { maxLength: 5 }).map((pairs) => new Map(pairs)),
  }),
  ping: one(SSH_MSG.ping, transport.encodePing, transport.decodePing, { type: type("ping"), data: bytes }),
  pong: one(SSH_MSG.pong, transport.encodePing, transport.decodePing, { type: type("pong"), data: bytes }),
  kexInit: one(SSH_MSG.kexInit, kex.encodeKexInit, kex.decodeKexInit, {
    type: type("kexInit"),
    cookie: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    kexAlgorithms: names,
    serverHostKeyAlgorithms: names,
    encryptionClientToServer: names,
    encryptionServerToClient: names,
    macClientToServer: names,
    macServerToClient: names,
    compressionClientToServer: names,
    compressionServerToClient: names,
    languagesClientToServer: names,
    languagesServerToClient: names,
    firstKexPacketFollows: fc.boolean(),
  }),
  newKeys: one(SSH_MSG.newKeys, kex.encodeNewKeys, kex.decodeNewKeys, { type: type("newKeys") }),
  ecdhInit: one(SSH_MSG.ecdhInit, kex.encodeEcdhInit, kex.decodeEcdhInit, {
    type: type("ecdhInit"),
    clientPublic: bytes,
  }),
  ecdhReply: one(SSH_MSG.ecdhReply, kex.encodeEcdhReply, kex.decodeEcdhReply, {
    type: type("ecdhReply"),
    hostKey: bytes,
    serverPublic: bytes,
    signature: bytes,
  }),
  gexRequest: one(SSH_MSG.gexRequest, gex.encodeGexRequest, gex.decodeGexRequest, {
    type: type("gexRequest"),
    min: u32,
    preferred: u32,
    max: u32,
  }),
  gexGroup: one(SSH_MSG.gexGroup, gex.encodeGexGroup, gex.decodeGexGroup, {
    type: type("gexGroup"),
    prime: bytes,
    generator: bytes,
  }),
  gexInit: one(SSH_MSG.gexInit, gex.encodeGexInit, gex.decodeGexInit, {
    type: type("gexInit"),
    clientPublic: bytes,
  }),
  gexReply: one(SSH_MSG.gexReply, gex.encodeGexReply, gex.decodeGexReply, {
    type: type("gexReply"),
    hostKey: bytes,
    serverPublic: bytes,
    signature: bytes,
  }),
  userauthRequest: {
    ...one(SSH_MSG.userauthRequest, authRequest.encodeUserauthRequest, authRequest.decodeUserauthRequest, {
      type: type("userauthRequest"),
      username: text,
      service: text,
      method,
    }),
    open: true,
  },
  userauthFailure: one(SSH_MSG.userauthFailure, authReply.encodeUserauthFailure, authReply.decodeUserauthFailure, {
    type: type("userauthFailure"),
    methods: names,
    partialSuccess: fc.boolean(),
  }),
  userauthSuccess: one(SSH_MSG.userauthSuccess, authReply.encodeUserauthSuccess, authReply.decodeUserauthSuccess, {
    type: type("userauthSuccess"),
  }),
  userauthBanner: one(SSH_MSG.userauthBanner, authReply.encodeUserauthBanner, authReply.decodeUserauthBanner, {
    type: type("userauthBanner"),
    message: text,
    languageTag: text,
  }),
  userauthPkOk: one(SSH_MSG.userauthPkOk, authReply.encodeUserauthPkOk, authReply.decodeUserauthPkOk, {
    type: type("userauthPkOk"),
    algorithm: text,
    publicBlob: bytes,
  }),
  userauthPasswdChangereq: one(
    SSH_MSG.userauthPasswdChangereq,
    authReply.encodeUserauthPasswdChangereq,
    authReply.decodeUserauthPasswdChangereq,
    { type: type("userauthPasswdChangereq"), prompt: text, languageTag: text },
  ),
  userauthInfoRequest: one(
    SSH_MSG.userauthInfoRequest,
    authReply.encodeUserauthInfoRequest,
    authReply.decodeUserauthInfoRequest,
    {
      type: type("userauthInfoRequest"),
      name: text,
      instruction: text,
      languageTag: text,
      prompts: fc.array(record({ prompt: text, echo: fc.boolean() }), { maxLength: 4 }),
    },
  ),
  userauthInfoResponse: one(
    SSH_MSG.userauthInfoResponse,
    authReply.encodeUserauthInfoResponse,
    authReply.decodeUserauthInfoResponse,
    { type: type("userauthInfoResponse"), responses: fc.array(text, { maxLength: 4 }) },
  ),
  globalRequest: {
    ...one(SSH_MSG.globalRequest, connection.encodeGlobalRequest, connection.decodeGlobalRequest, {
      type: type("globalRequest"),
      name: text,
      wantReply: fc.boolean(),
      data: bytes,
    }),
    open: true,
  },
  requestSuccess: {
    ...one(SSH_MSG.requestSuccess, connection.encodeRequestSuccess, connection.decodeRequestSuccess, {
      type: type("requestSuccess"),
      data: bytes,
    }),
    open: true,
  },
  requestFailure: one(SSH_MSG.requestFailure, connection.encodeRequestFailure, connection.decodeRequestFailure, {
    type: type("requestFailure"),
  }),
  channelOpen: {
    ...one(SSH_MSG.channelOpen, connection.encodeChannelOpen, connection.decodeChannelOpen, {
      type: type("channelOpen"),
      channelType: text,
      senderChannel: u32,
      initialWindowSize: u32,
      maximumPacketSize: u32,
      data: bytes,
    }),
    open: true,
  },
  channelOpenConfirmation: {
    ...one(
      SSH_MSG.channelOpenConfirmation,
      connection.encodeChannelOpenConfirmation,
      connection.decodeChannelOpenConfirmation,
      {
        type: type("channelOpenConfirmation"),
        recipientChannel: u32,
        senderChannel: u32,
        initialWindowSize: u32,
        maximumPacketSize: u32,
        data: bytes,
      },
    ),
    open: true,
  },
  channelOpenFailure: one(
    SSH_MSG.channelOpenFailure,
    connection.encodeChannelOpenFailure,
    connection.decodeChannelOpenFailure,
    { type: type("channelOpenFailure"), recipientChannel: u32, reason: u32, description: text, languageTag: text },
  ),
  channelWindowAdjust: one(
    SSH_MSG.channelWindowAdjust,
    channel.encodeChannelWindowAdjust,
    channel.decodeChannelWindowAdjust,
    { type: type("channelWindowAdjust"), recipientChannel: u32, bytesToAdd: u32 },
  ),
  channelData: one(SSH_MSG.channelData, channel.encodeChannelData, channel.decodeChannelData, {
    type: type("channelData"),
    recipientChannel: u32,
    data: bytes,
  }),
  channelExtendedData: one(
    SSH_MSG.channelExtendedData,
    channel.encodeChannelExtendedData,
    channel.decodeChannelExtendedData,
    { type: type("channelExtendedData"), recipientChannel: u32, dataType: u32, data: bytes },
  ),
  channelEof: signal("channelEof"),
  channelClose: signal("channelClose"),
  channelSuccess: signal("channelSuccess"),
  channelFailure: signal("channelFailure"),
  channelRequest: {
    ...one(SSH_MSG.channelRequest, channel.encodeChannelRequest, channel.decodeChannelRequest, {
      type: type("channelRequest"),
      recipientChannel: u32,
      wantReply: fc.boolean(),
      request,
    }),
    open: true,
  },
};

function one<M>(
  number: number,
  encode: (message: M) => Uint8Array,
  decode: (payload: Uint8Array) => M,
  fields: { [K in keyof M]: fc.Arbitrary<M[K]> },
): MessageCase<never> {
  // Cases of different messages stand in one table; each function only ever sees its own kind.
  return { number, encode, decode, arbitrary: fc.record<M>(fields) } as unknown as MessageCase<never>;
}

function signal(name: channel.ChannelSignal["type"]): MessageCase<never> {
  return one(SSH_MSG[name], channel.encodeChannelSignal, (payload) => channel.decodeChannelSignal(payload, name), {
    type: type(name),
    recipientChannel: u32,
  });
}

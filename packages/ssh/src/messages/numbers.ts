/** Message numbers (RFC 4250 §4.1.2). Numbers from 30 on mean different things in different phases. */
export const SSH_MSG = {
  // RFC 4253: 1..19 transport generic, 20..29 algorithm negotiation, 30..49 key exchange method.
  disconnect: 1,
  ignore: 2,
  unimplemented: 3,
  debug: 4,
  serviceRequest: 5,
  serviceAccept: 6,
  extInfo: 7, // RFC 8308
  kexInit: 20,
  newKeys: 21,
  ecdhInit: 30, // RFC 5656; the same shape for the hybrid methods
  ecdhReply: 31,
  gexGroup: 31, // RFC 4419
  gexInit: 32,
  gexReply: 33,
  gexRequest: 34,

  // RFC 4252: 50..59 generic, 60..79 method.
  userauthRequest: 50,
  userauthFailure: 51,
  userauthSuccess: 52,
  userauthBanner: 53,
  userauthPkOk: 60, // publickey
  userauthPasswdChangereq: 60, // password
  userauthInfoRequest: 60, // keyboard-interactive, RFC 4256
  userauthInfoResponse: 61,

  // RFC 4254: 80..89 generic, 90..127 channel.
  globalRequest: 80,
  requestSuccess: 81,
  requestFailure: 82,
  channelOpen: 90,
  channelOpenConfirmation: 91,
  channelOpenFailure: 92,
  channelWindowAdjust: 93,
  channelData: 94,
  channelExtendedData: 95,
  channelEof: 96,
  channelClose: 97,
  channelRequest: 98,
  channelSuccess: 99,
  channelFailure: 100,

  // Local extensions: 192..255. ping@openssh.com.
  ping: 192,
  pong: 193,
} as const;

/** What a message number is called, for error messages: `SSH_MSG_CHANNEL_DATA (94)`. */
export function messageName(number: number): string {
  const name = names.get(number);
  return name === undefined ? `message ${number}` : `${name} (${number})`;
}

const names: ReadonlyMap<number, string> = new Map([
  ...Object.entries(SSH_MSG).map(([name, number]): [number, string] => [
    number,
    `SSH_MSG_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  ]),
  [SSH_MSG.ecdhInit, "SSH_MSG_KEX_ECDH_INIT"],
  [SSH_MSG.ecdhReply, "SSH_MSG_KEX_ECDH_REPLY"],
  [SSH_MSG.gexInit, "SSH_MSG_KEX_DH_GEX_INIT"],
  [SSH_MSG.gexReply, "SSH_MSG_KEX_DH_GEX_REPLY"],
  [SSH_MSG.gexRequest, "SSH_MSG_KEX_DH_GEX_REQUEST"],
  // Three messages share this number: which one is meant depends on the method under way.
  [SSH_MSG.userauthPkOk, "a method's own authentication message"],
]);

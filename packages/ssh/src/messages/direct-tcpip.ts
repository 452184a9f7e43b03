import { SshReader } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";

// RFC 4254 §7.2: what stands behind the common part of CHANNEL_OPEN "direct-tcpip".
export interface DirectTcpip {
  /** Where the server is to connect to: a name or an address. Raw text of the peer. */
  readonly host: string;
  readonly port: number;
  /** Who asked the client for the connection, as the client says. Nothing may rest on it. */
  readonly originatorHost: string;
  readonly originatorPort: number;
}

export function encodeDirectTcpip(target: DirectTcpip): Uint8Array {
  return new SshWriter()
    .text(target.host)
    .u32(target.port)
    .text(target.originatorHost)
    .u32(target.originatorPort)
    .take();
}

export function decodeDirectTcpip(data: Uint8Array): DirectTcpip {
  const reader = new SshReader(data, "malformed-message", "a request for direct-tcpip");
  const host = reader.text();
  const port = reader.u32();
  const originatorHost = reader.text();
  const originatorPort = reader.u32();
  reader.end();
  return { host, port, originatorHost, originatorPort };
}

// The socket cases over TLS of the runtime; one line of JSON for each.

import { versions } from "node:process";
import { runSocketCases, type SocketFeature } from "@netconf-kit/conformance";
import type { DuplexSocket } from "@netconf-kit/socket";
import { type TcpAdapter, tcpPair } from "./adapter.ts";
import { deviceTls, givenCertificates, managerTls } from "./certificates.ts";
import { tellResult } from "./tell-result.ts";

/** TLS of Bun is over in both directions when the peer ends one. */
const without: readonly SocketFeature[] = "bun" in versions ? ["half-close"] : [];

export async function tlsSockets(adapter: TcpAdapter): Promise<void> {
  const certificates = givenCertificates();
  const [client, server] = [managerTls(certificates), deviceTls(certificates)];
  const { signal } = new AbortController();
  const tlsPair = async (): Promise<readonly [DuplexSocket, DuplexSocket]> => {
    const [near, far] = await tcpPair(adapter);
    const [left, right] = await Promise.all([client(near, { signal }), server(far, { signal })]);
    return [left.socket, right.socket];
  };
  for await (const result of runSocketCases(tlsPair, { without })) tellResult(result);
}

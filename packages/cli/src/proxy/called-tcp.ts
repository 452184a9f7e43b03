import { isIPv6, type Socket } from "node:net";
import { connectTcp } from "@netconf-kit/node-adapter";
import type { CalledSocket, CallHomeAddress } from "netconf-kit";

/** A connection to a manager of which nothing has been read, so that it can be handed on whole. */
export interface CalledTcp extends CalledSocket {
  readonly tcp: Socket;
  readonly remote: string;
}

export async function callTcp(address: CallHomeAddress, context: { readonly signal: AbortSignal }): Promise<CalledTcp> {
  const tcp = await connectTcp(address, context);
  const { remoteAddress = "", remotePort } = tcp;
  return {
    tcp,
    remote: `${isIPv6(remoteAddress) ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`,
    close: async () => void tcp.destroy(),
  };
}

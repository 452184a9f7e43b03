// The socket cases over the runtime's TCP, then those for dialling and listening; one line of JSON for each.
import { runDialCases, runSocketCases } from "@netconf-kit/conformance";
import { type TcpAdapter, tcpPair } from "./adapter.ts";
import { tellResult } from "./tell-result.ts";

export async function sockets(adapter: TcpAdapter): Promise<void> {
  for await (const result of runSocketCases(() => tcpPair(adapter))) tellResult(result);
  const makeWay = async () => {
    const listener = await adapter.listenTcp();
    return { listener, dial: adapter.dialTcp({ host: listener.host, port: listener.port }) };
  };
  for await (const result of runDialCases(makeWay)) tellResult(result);
}

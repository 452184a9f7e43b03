// The socket cases over WebSockets of the runtime; one line of JSON for each.
import { runSocketCases } from "@netconf-kit/conformance";
import { type WebSocketLike, webSocket } from "@netconf-kit/web-adapter";
import { tellResult } from "./tell-result.ts";

/** Opens connections to servers of the runtime's own, and gives both ends. */
export type WebSocketPair = () => Promise<readonly [WebSocketLike, WebSocketLike]>;

export async function webSockets(open: WebSocketPair): Promise<void> {
  const makePair = async () => {
    const [left, right] = await open();
    return [webSocket(left), webSocket(right)] as const;
  };
  // A WebSocket cannot have either.
  for await (const result of runSocketCases(makePair, { without: ["half-close", "back-pressure"] })) tellResult(result);
}

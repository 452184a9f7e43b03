import type { WebSocketLike } from "@netconf-kit/web-adapter";

/** Both ends of a WebSocket, as a Worker that answers an upgrade has them. */
export async function webSocketPair(): Promise<readonly [WebSocketLike, WebSocketLike]> {
  const { 0: left, 1: right } = new WebSocketPair();
  left.accept();
  right.accept();
  return [left, right];
}

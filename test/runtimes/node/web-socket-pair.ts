import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { WebSocketLike } from "@netconf-kit/web-adapter";
import { WebSocketServer, WebSocket as WsWebSocket } from "ws";

/** A client and the end of a server: of the package ws, and the client the runtime's own where it has one, from Node.js 22 on. */
export async function webSocketPair(): Promise<readonly [WebSocketLike, WebSocketLike]> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const accepted = once(server, "connection");
  // `as`: only pipes have another form.
  const { port } = server.address() as AddressInfo;
  const Client = "WebSocket" in globalThis ? WebSocket : WsWebSocket;
  const client = new Client(`ws://127.0.0.1:${port}`);
  await new Promise<void>((resolve) => client.addEventListener("open", () => resolve(), { once: true }));
  const [theirs] = await accepted;
  // Takes no other; the two connections stay.
  server.close();
  return [client, theirs];
}

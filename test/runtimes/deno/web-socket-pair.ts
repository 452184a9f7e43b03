import type { WebSocketPair } from "../common/web-sockets.ts";

/** A client and the server's end: Deno's server gives a WebSocket like any other. */
export const webSocketPair: WebSocketPair = async () => {
  const accepted = Promise.withResolvers<WebSocket>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.addEventListener("open", () => accepted.resolve(socket));
    socket.addEventListener("close", () => void server.shutdown());
    return response;
  });
  const client = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  await new Promise((resolve) => client.addEventListener("open", resolve));
  return [client, await accepted.promise];
};

import type { Lent } from "../suite/runtime.ts";

/** A client and the server's end: Deno's server gives a WebSocket like any other. */
export const webSocketPair: Lent["webSockets"] = async () => {
  const accepted = Promise.withResolvers<WebSocket>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    // Its watch over silent peers leaves a timer of 15 s behind when they close, and the process would wait for it.
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.addEventListener("open", () => accepted.resolve(socket));
    socket.addEventListener("close", () => void server.shutdown());
    return response;
  });
  const client = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  await new Promise((resolve) => client.addEventListener("open", resolve));
  return [client, await accepted.promise];
};

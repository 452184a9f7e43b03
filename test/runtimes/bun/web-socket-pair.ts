import type { Lent } from "../suite/runtime.ts";

/** What is used of Bun's server. Its ends are no WebSockets of the web, so it joins two clients: a small relay. */
interface BunServer {
  readonly port: number;
  upgrade(request: Request, options: { readonly data: { other: RelayEnd | undefined } }): boolean;
  stop(closeConnections: boolean): void;
}
interface RelayEnd {
  readonly data: { other: RelayEnd | undefined };
  send(message: Uint8Array): number;
  close(code: number): void;
}
declare const Bun: {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    readonly fetch: (request: Request, server: BunServer) => Response | undefined;
    readonly websocket: {
      readonly open: (end: RelayEnd) => void;
      readonly message: (end: RelayEnd, message: Uint8Array) => void;
      readonly close: (end: RelayEnd, code: number) => void;
    };
  }): BunServer;
};

export const webSocketPair: Lent["webSockets"] = async () => {
  let waiting: RelayEnd | undefined;
  let closed = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, own) =>
      own.upgrade(request, { data: { other: undefined } }) ? undefined : new Response("a WebSocket is expected"),
    websocket: {
      open: (end) => {
        if (waiting !== undefined) [end.data.other, waiting.data.other] = [waiting, end];
        waiting = end;
      },
      message: ({ data }, message) => void data.other?.send(message),
      close: ({ data }, code) => {
        data.other?.close(code);
        closed++;
        if (closed === 2) server.stop(true);
      },
    },
  });
  const open = (): Promise<WebSocket> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}`);
      socket.addEventListener("open", () => resolve(socket));
    });
  return [await open(), await open()];
};

// What is used of workerd beyond the web's own interfaces.

declare module "cloudflare:sockets" {
  export interface Socket {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array>;
    readonly closed: Promise<void>;
    /** Addresses as `127.0.0.1:4334`, or as they were given to `connect`. */
    readonly opened: Promise<{ readonly remoteAddress?: string; readonly localAddress?: string }>;
    close(): Promise<void>;
  }
  export interface SocketOptions {
    readonly allowHalfOpen: boolean;
  }
  export function connect(
    address: { readonly hostname: string; readonly port: number },
    options: SocketOptions,
  ): Socket;
}

declare module "cloudflare:workers" {
  import type { Socket, SocketOptions } from "cloudflare:sockets";

  export class DurableObject {}
  /** Leads to an object of that class, wherever it runs. */
  export interface DurableObjectStub {
    fetch(request: Request): Promise<Response>;
    connect(address: string, options: SocketOptions): Socket;
  }
  export interface DurableObjectNamespace {
    getByName(name: string): DurableObjectStub;
  }
}

interface WorkerdWebSocket extends WebSocket {
  accept(): void;
}
declare const WebSocketPair: new () => { readonly 0: WorkerdWebSocket; readonly 1: WorkerdWebSocket };

// Modules of other runtimes that examples import.
declare module "cloudflare:sockets" {
  interface Socket {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
    readonly closed: Promise<void>;
  }
  function connect(address: { hostname: string; port: number }, options?: { allowHalfOpen?: boolean }): Socket;
}

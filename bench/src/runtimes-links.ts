import { type Dial, type DuplexSocket, type Listener, memoryPair } from "@netconf-kit/socket";

/** How two ends in one process meet. */
export interface Link {
  /** The other end of every socket that is dialled goes here. */
  serve(handle: (socket: DuplexSocket) => Promise<unknown>): void;
  readonly dial: Dial;
  close(): Promise<void>;
}

/** What every adapter with TCP has. */
export interface TcpAdapter {
  listenTcp(): TcpListener | Promise<TcpListener>;
  dialTcp(options: { readonly host: string; readonly port: number }): Dial;
}

interface TcpListener extends Listener {
  readonly host: string;
  readonly port: number;
}

export function memoryLink(): Link {
  let handle: ((socket: DuplexSocket) => Promise<unknown>) | undefined;
  return {
    serve: (given) => {
      handle = given;
    },
    dial: async () => {
      const [near, far] = memoryPair();
      handle?.(far).catch(() => {});
      return near;
    },
    close: async () => {},
  };
}

/** TCP on loopback. */
export async function tcpLink({ listenTcp, dialTcp }: TcpAdapter): Promise<Link> {
  const listener = await listenTcp();
  return {
    serve: (handle) => {
      void (async () => {
        for await (const socket of listener) handle(socket).catch(() => {});
      })();
    },
    dial: dialTcp({ host: listener.host, port: listener.port }),
    close: () => listener.close(),
  };
}

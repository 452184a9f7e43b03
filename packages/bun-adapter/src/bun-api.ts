import { TransportError } from "@netconf-kit/socket";

/** What is used of Bun. Declared here, so that neither we nor who uses us needs types of a whole runtime in scope. */
export interface BunApi {
  connect<Data>(options: BunConnectOptions<Data>): Promise<BunSocket<Data>>;
  listen<Data>(options: BunListenOptions<Data>): BunListener;
}

export interface BunSocket<Data> {
  data: Data;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** How much of `bytes` from `offset` on the kernel has taken; -1 where there is no connection any more. `drain` follows when there is room again. */
  write(bytes: Uint8Array, offset: number, length: number): number;
  /** Ends our direction. */
  shutdown(): void;
  /** Closes both directions; what the kernel holds still goes out. */
  end(): number;
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(noDelay: boolean): boolean;
}

export interface BunHandlers<Data> {
  readonly binaryType: "uint8array";
  open?(socket: BunSocket<Data>): void;
  data(socket: BunSocket<Data>, chunk: Uint8Array): void;
  end(socket: BunSocket<Data>): void;
  drain(socket: BunSocket<Data>): void;
  close(socket: BunSocket<Data>, error?: Error): void;
  error(socket: BunSocket<Data>, error: Error): void;
}

interface BunConnectOptions<Data> {
  readonly hostname: string;
  readonly port: number;
  readonly allowHalfOpen: true;
  readonly data: Data;
  readonly socket: BunHandlers<Data>;
}

interface BunListenOptions<Data> {
  readonly hostname: string;
  readonly port: number;
  readonly allowHalfOpen: true;
  readonly socket: BunHandlers<Data>;
}

export interface BunListener {
  readonly hostname: string;
  readonly port: number;
  stop(closeActiveConnections?: boolean): void;
}

/** @throws TransportError `failed` in another runtime */
export function bun(): BunApi {
  const { Bun } = globalThis as { readonly Bun?: BunApi };
  if (Bun === undefined) throw new TransportError("failed", "cannot open sockets: this adapter works in Bun only");
  return Bun;
}

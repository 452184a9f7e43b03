import { lookup } from "node:dns/promises";
import { isIP, Socket } from "node:net";
import { TransportError } from "@netconf-kit/socket";
import { formatAddress } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

/** Where to connect to, from where, and how long to try. */
export interface ConnectTcpOptions {
  /** Name or address. A name is resolved anew at each call, and all its addresses are tried (RFC 8305). */
  readonly host: string;
  readonly port: number;
  /** Our own address, where policy asks for a certain one; then only addresses of its family are tried. Default: the system chooses. */
  readonly localAddress?: string;
  /** Our own port. With it addresses are tried one after the other, for they cannot share it. Default: the system chooses. */
  readonly localPort?: number;
  /** Milliseconds of silence after which the system probes the peer, ten times, one second apart. Default: no probes. */
  readonly keepalive?: number;
  /** Time for the connection to stand, in milliseconds, the name's resolution included. Default 10 000. */
  readonly timeout?: number;
  /** Milliseconds until the next address of a name is tried beside the last one. Default 250 (RFC 8305 §5). */
  readonly attemptDelay?: number;
  /** Resolves names. Default: as the system does. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

const DEFAULT_TIMEOUT = 10_000;
const DEFAULT_ATTEMPT_DELAY = 250;

/**
 * Opens one TCP connection and reads nothing: the socket is paused, so that it can be handed to another process with every byte
 * still in it. `tcpSocket()` makes a `DuplexSocket` of it.
 *
 * @throws TransportError `connection-refused`, `unreachable`, `name-not-found`, `connect-timeout`, …; `signal.reason` when aborted.
 * @example
 * const socket = await connectTcp({ host: "manager.example", port: 4334 });
 * spawn("/usr/sbin/sshd", ["-i"], { stdio: [socket, socket, "inherit"] });
 */
export async function connectTcp(
  options: ConnectTcpOptions,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Socket> {
  signal?.throwIfAborted();
  const { host, port, timeout = DEFAULT_TIMEOUT } = options;
  const target = formatAddress(host, port);
  const limit = new AbortController();
  const giveUp = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
  const timer = setTimeout(
    () =>
      limit.abort(new TransportError("connect-timeout", `cannot connect to ${target}: no answer within ${timeout} ms`)),
    timeout,
  );
  try {
    return await race(await addressesOf(options, giveUp), options, giveUp);
  } catch (error) {
    throw giveUp.aborted ? giveUp.reason : transportErrorOf(error, `cannot connect to ${target}`);
  } finally {
    clearTimeout(timer);
  }
}

/** What to try, in order. */
async function addressesOf(
  { host, localAddress, resolve = systemAddresses }: ConnectTcpOptions,
  giveUp: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await unlessAborted(resolve(host), giveUp);
  const family = isIP(localAddress ?? "");
  const usable = family === 0 ? found : found.filter((address) => isIP(address) === family);
  if (usable.length === 0) throw new Error(`${host} has no address that could be used from ${localAddress ?? "here"}`);
  return alternateFamilies(usable);
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** RFC 8305 §4: the first address as it came, then one of the other family, and so on. */
function alternateFamilies(addresses: readonly string[]): readonly string[] {
  const first = isIP(addresses[0] ?? "");
  const same = addresses.filter((address) => isIP(address) === first);
  const others = addresses.filter((address) => isIP(address) !== first);
  return same
    .flatMap((address, index) => [address, ...others.slice(index, index + 1)])
    .concat(others.slice(same.length));
}

/** The first connection that stands. The next address has its turn when the last one has failed, or lets us wait. */
function race(addresses: readonly string[], options: ConnectTcpOptions, giveUp: AbortSignal): Promise<Socket> {
  const { localPort, attemptDelay = DEFAULT_ATTEMPT_DELAY } = options;
  const waiting = [...addresses];
  const attempts = new Set<Socket>();
  const failures: Error[] = [];
  const verdict: Verdict = { failed: undefined };
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new Promise((resolve, reject) => {
    const finish = (winner?: Socket): void => {
      clearTimeout(timer);
      giveUp.removeEventListener("abort", onAbort);
      for (const socket of attempts) if (socket !== winner) socket.destroy();
      verdict.failed = undefined;
      attempts.clear();
    };
    const onAbort = (): void => {
      finish();
      reject(giveUp.reason);
    };
    const next = (): void => {
      clearTimeout(timer);
      const address = waiting.shift();
      if (address === undefined) return;
      const socket = open(address, options);
      attempts.add(socket);
      socket.once("connect", () => {
        finish(socket);
        resolve(socket);
      });
      reportErrors(socket, verdict);
      if (waiting.length > 0 && localPort === undefined) timer = setTimeout(next, attemptDelay);
    };
    verdict.failed = (socket, error) => {
      if (!attempts.delete(socket)) return;
      failures.push(error);
      if (waiting.length > 0) next();
      else if (attempts.size === 0) {
        finish();
        reject(new AggregateError(failures));
      }
    };
    giveUp.addEventListener("abort", onAbort, { once: true });
    if (giveUp.aborted) onAbort();
    else next();
  });
}

/** All that a connection keeps of the race that has brought it: this, emptied. */
interface Verdict {
  failed: ((socket: Socket, error: Error) => void) | undefined;
}

/** The listener stays: a late error of a socket we gave up must not become an uncaught one. */
function reportErrors(socket: Socket, verdict: Verdict): void {
  socket.on("error", (error) => verdict.failed?.(socket, error));
}

function open(host: string, { port, localAddress, localPort, keepalive }: ConnectTcpOptions): Socket {
  const socket = new Socket({ allowHalfOpen: true });
  socket.pause();
  socket.setNoDelay(true);
  if (keepalive !== undefined) socket.setKeepAlive(true, keepalive);
  return socket.connect({
    host,
    port,
    ...(localAddress !== undefined && { localAddress }),
    ...(localPort !== undefined && { localPort }),
  });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

import type { DuplexSocket } from "@netconf-kit/socket";
import type { AddressList } from "./address-list.ts";
import { DialectError } from "./dialect-errors.ts";
import { type OutboundSshOptions, type OutboundSshPreamble, readOutboundSsh } from "./outbound-ssh.ts";
import type { ProxyHeader } from "./proxy-protocol.ts";
import { ReplaySocket } from "./replay-socket.ts";
import { DialectSniffer, type SnifferOptions } from "./sniff.ts";

/** What may stand before SSH or TLS, from whom, and how long it may take. */
export interface OpenDialectOptions extends Omit<SnifferOptions, "fromBalancer"> {
  /** Who may, and then has to, begin with a PROXY header. Default: nobody. */
  readonly balancers?: AddressList;
  /** Takes Junos outbound-ssh. Without it such a preamble is refused. */
  readonly outboundSsh?: OutboundSshOptions;
  /** Ends the wait: who is silent has to be given up. The socket is closed then. */
  readonly signal?: AbortSignal;
}

/** A connection without what stood before SSH or TLS. */
export interface OpenedDialect {
  /** What SSH or TLS runs on. Its `remote` is the source. */
  readonly socket: DuplexSocket;
  /** `192.0.2.1:51000`; by a balancer's word where there is one. For limits and logs, never an identity. */
  readonly source: string | undefined;
  /** Undefined without a PROXY header. */
  readonly proxy: ProxyHeader | undefined;
  /** Undefined for a connection that begins with SSH or TLS as RFC 8071 has it. */
  readonly preamble: OutboundSshPreamble | undefined;
}

/**
 * Takes from an accepted connection what stands before SSH or TLS: a balancer's PROXY header, and Junos' outbound-ssh preamble.
 * A step between accepting and securing; a connection that has neither passes as it is.
 *
 * For TLS nothing is read but the header of a listed balancer: a device on TLS waits for the manager to begin.
 *
 * @throws DialectError when the first bytes are something else; the socket is the caller's to close then. `signal.reason` when
 *   aborted; what the socket's `read` throws.
 * @example
 * const { socket, source, preamble } = await openDialect(accepted, {
 *   transport: "ssh", balancers: new AddressList(["10.0.0.0/8"]), signal,
 * });
 */
export async function openDialect(accepted: DuplexSocket, options: OpenDialectOptions): Promise<OpenedDialect> {
  const { balancers, outboundSsh, signal } = options;
  const sniffer = new DialectSniffer({ ...options, fromBalancer: balancers?.has(accepted.remote) ?? false });
  let sniffed = sniffer.result;
  while (sniffed === undefined) {
    const chunk = await readUnlessAborted(accepted, signal);
    if (chunk === undefined) sniffer.receiveEnd();
    else sniffer.receive(chunk);
    sniffed = sniffer.result;
  }
  const { proxy, preamble: lines, rest } = sniffed;
  const source = proxy?.source === undefined ? accepted.remote : formatSource(proxy.source);
  return {
    socket: proxy === undefined && rest.length === 0 ? accepted : new ReplaySocket(accepted, rest, source),
    source,
    proxy,
    preamble: lines.length === 0 ? undefined : readPreamble(lines, outboundSsh),
  };
}

function readPreamble(lines: readonly string[], options: OutboundSshOptions | undefined): OutboundSshPreamble {
  if (options !== undefined) return readOutboundSsh(lines, options);
  throw new DialectError(
    "outbound-ssh-disabled",
    "the peer begins as Junos outbound-ssh, which this listener does not take",
  );
}

function formatSource({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

async function readUnlessAborted(
  socket: DuplexSocket,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  signal?.throwIfAborted();
  const onAbort = (): void => void socket.close(signal?.reason instanceof Error ? signal.reason : undefined);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const chunk = await socket.read();
    signal?.throwIfAborted();
    return chunk;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

import type { Dial, DuplexSocket, Listener } from "@netconf-kit/socket";

/** What every adapter with TCP has. */
export interface TcpAdapter {
  listenTcp(): TcpListener | Promise<TcpListener>;
  dialTcp(options: { readonly host: string; readonly port: number }): Dial;
}

export interface TcpListener extends Listener {
  readonly host: string;
  readonly port: number;
}

/** One line of JSON for each step that held. */
export function tell(line: object): void {
  console.log(JSON.stringify(line));
}

/** Two ends of one connection on loopback. */
export async function tcpPair({ listenTcp, dialTcp }: TcpAdapter): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const listener = await listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const dialled = await dialTcp({ host: listener.host, port: listener.port })();
  const result = await accepted;
  await listener.close();
  if (result.done) throw new Error("the listener ended");
  return [dialled, result.value];
}

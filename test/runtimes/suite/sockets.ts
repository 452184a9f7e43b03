import { dialCases, type MakePair, type SocketFeature, socketCases } from "@netconf-kit/conformance";
import type { DuplexSocket } from "@netconf-kit/socket";
import { streamSocket, webSocket } from "@netconf-kit/web-adapter";
import { type CaseWith, type Feature, feature } from "./feature.ts";
import type { Capability, Lent, Tcp, Tls } from "./runtime.ts";

/** The cases of @netconf-kit/conformance over each kind of socket that a runtime has. */
export const webStreamSockets: Feature = feature(
  "sockets of web streams",
  ["webStreams"],
  socketCasesOver(({ webStreams }: Pick<Lent, "webStreams">) => async (wish) => {
    const [left, right] = webStreams(wish?.highWaterBytes);
    return [streamSocket(left), streamSocket(right)];
  }),
  { together: true },
);

export const webSocketSockets: Feature = feature(
  "sockets of WebSockets",
  ["webSockets"],
  socketCasesOver(
    ({ webSockets }: Pick<Lent, "webSockets">) =>
      async () => {
        const [left, right] = await webSockets();
        return [webSocket(left), webSocket(right)];
      },
    () => ({
      "half-close": "a WebSocket ends in both directions at once",
      "back-pressure": "a WebSocket takes everything that is written to it",
    }),
  ),
  { together: true },
);

/** Only where TCP closes ports: RFC 9293 knows no listener that is closed and takes connections. */
const REFUSED_WHEN_CLOSED = "is refused where nobody listens any more";

export const tcpSockets: Feature = feature(
  "TCP: listening, dialling, sockets",
  ["tcp"],
  [
    ...socketCasesOver(
      ({ tcp }: Pick<Lent, "tcp">) =>
        () =>
          tcpPair(tcp),
    ),
    ...dialCases.map(
      ({ name, run }): CaseWith<"tcp"> => ({
        name,
        excuse: ({ tcp }) => (name === REFUSED_WHEN_CLOSED ? tcp.portsStayOpen : undefined),
        run: ({ tcp }) =>
          run(async () => {
            const listener = await tcp.listen();
            return { listener, dial: tcp.dial(listener) };
          }),
      }),
    ),
  ],
);

export const tlsSockets: Feature = feature(
  "TLS sockets",
  ["tcp", "tls"],
  socketCasesOver(
    ({ tcp, tls }: Pick<Lent, "tcp" | "tls">) =>
      () =>
        tlsPair(tcp, tls),
    ({ tls }) => ({ "half-close": tls.noHalfClose }),
  ),
  { together: true },
);

/** Why a socket does not have what a case needs. */
type Lacks = { readonly [F in SocketFeature]?: string | undefined };

function socketCasesOver<Needs extends Capability>(
  makePair: (lent: Pick<Lent, Needs>) => MakePair,
  lacks: (lent: Pick<Lent, Needs>) => Lacks = () => ({}),
): readonly CaseWith<Needs>[] {
  return socketCases.map(({ name, needs, run }) => ({
    name,
    excuse: (lent) => needs.map((need) => lacks(lent)[need]).find((reason) => reason !== undefined),
    run: (lent) => run(makePair(lent)),
  }));
}

/** Two ends of one connection on loopback. */
async function tcpPair(tcp: Tcp): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const listener = await tcp.listen();
  const accepted = listener[Symbol.asyncIterator]().next();
  const dialled = await tcp.dial(listener)();
  const result = await accepted;
  await listener.close();
  if (result.done) throw new Error("the listener ended");
  return [dialled, result.value];
}

async function tlsPair(tcp: Tcp, { client, server, credentials }: Tls): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const { ca, manager, device } = credentials;
  const [near, far] = await tcpPair(tcp);
  const { signal } = new AbortController();
  const [left, right] = await Promise.all([
    client({ ...manager, ca, serverName: "r7.example.net" })(near, { signal }),
    server({ ...device, ca })(far, { signal }),
  ]);
  return [left.socket, right.socket];
}

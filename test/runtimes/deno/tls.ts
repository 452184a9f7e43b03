// TLS in Deno, over its own TCP: the socket cases, the whole road in both directions, and who is refused. One line of JSON for
// each. Certificates come as JSON in the variable TLS_CERTIFICATES: the test made them.
import { dialTcp, listenTcp } from "@netconf-kit/deno-adapter";
import { tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import { callHome, connect, createNetconfServer, expectOk, getConfig, listenCallHome, serve } from "netconf-kit";
import { socketCases } from "../../support/socket-cases.ts";

interface Pair {
  readonly cert: string;
  readonly key: string;
}
const given: {
  readonly ca: string;
  readonly fingerprint: string;
  readonly device: Pair;
  readonly manager: Pair;
  readonly stranger: Pair;
} = JSON.parse(Deno.env.get("TLS_CERTIFICATES") ?? "");
const { ca, device, manager, stranger } = given;

const server = tlsServer({ ...device, clientCa: ca, certToName: [{ id: 1, mapType: "san-any" }] });
const client = (own: Pair, serverName = "r7.example.net") => tlsClient({ ...own, ca, serverName });
const tell = (line: object): void => console.log(JSON.stringify(line));
const { signal } = new AbortController();
const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "connected",
    (error) => `${error.layer} ${error.code}`,
  );

async function tcpPair(): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const listener = listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const dialled = await dialTcp({ host: listener.host, port: listener.port })();
  const result = await accepted;
  await listener.close();
  if (result.done) throw new Error("the listener ended");
  return [dialled, result.value];
}

async function tlsPair(): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const [near, far] = await tcpPair();
  const [left, right] = await Promise.all([client(manager)(near, { signal }), server(far, { signal })]);
  return [left.socket, right.socket];
}

for (const { name, run } of socketCases) {
  const error = await run(tlsPair).then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  tell({ name, error });
}

const datastores = await createNetconfServer();
const listener = listenTcp();
const service = serve({ listener, server: datastores, tls: server });
const dial = dialTcp({ host: "127.0.0.1", port: listener.port });
const connection = await connect({ dial, tls: client(manager) });
expectOk(await connection.session.rpc(getConfig("running")));
await connection.close();
tell({ step: "dialled" });
tell({ step: "wrong name", outcome: await outcome(connect({ dial, tls: client(manager, "r8.example.net") })) });
tell({ step: "wrong authority", outcome: await outcome(connect({ dial, tls: client(stranger) })) });
await service.close();

const callHomeListener = listenTcp();
const called = listenCallHome({
  listeners: callHomeListener,
  tls: tlsClient({ ...manager, ca }),
  devices: [{ name: "router", certified: { authority: given.fingerprint, name: "r7.example.net" } }],
});
const caller = callHome({
  server: datastores,
  tls: server,
  endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port: callHomeListener.port }) }],
});
for await (const { device: name, session } of called.sessions) {
  expectOk(await session.rpc(getConfig("running")));
  tell({ step: `called by ${name}` });
  break;
}
await caller.stop();
await called.close({ sessions: true });
await datastores.close();

// Runs the socket cases over Deno's TCP; one line of JSON for each.
import { dialTcp, listenTcp } from "@netconf-kit/deno-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import { socketCases } from "../../support/socket-cases.ts";

async function tcpPair(): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const listener = listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const dialled = await dialTcp({ host: listener.host, port: listener.port })();
  const result = await accepted;
  await listener.close();
  if (result.done) throw new Error("the listener ended");
  return [dialled, result.value];
}

for (const { name, run } of socketCases) {
  const error = await run(tcpPair).then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  console.log(JSON.stringify({ name, error }));
}

import { isTlsError } from "@netconf-kit/tls";
import { type Dial, serve } from "netconf-kit";
import { expectSame } from "./bytes.ts";
import { callOne, hostnameOf, manage, manageCaller, namedServer, tlsCallers, tlsDevice, tlsManager } from "./ends.ts";
import { type Feature, feature } from "./feature.ts";
import type { Tcp, Tls } from "./runtime.ts";

/** A manager and a device, both in the runtime, each with a certificate (RFC 7589). */
export const netconfOverTls: Feature = feature(
  "NETCONF over TLS, mutual",
  ["tcp", "tls"],
  [
    {
      name: "a manager dials a device and reads",
      run: (lent) =>
        withDevice(lent, async (dial) => expectSame(await manage(tlsManager(dial, lent.tls), hostnameOf), "inside")),
    },
    {
      name: "a device calls home and is read (RFC 8071)",
      run: async ({ tcp, tls }) => {
        const server = await namedServer("inside");
        const listener = await tcp.listen();
        const [hostname] = await Promise.all([
          manageCaller(tlsCallers(tls), listener, hostnameOf),
          callOne(tlsDevice(server, tls), tcp.dial(listener)),
        ]);
        expectSame(hostname, "inside");
        await server.close();
      },
    },
    {
      name: "a manager goes away from a certificate with another name (RFC 7589 §6)",
      run: (lent) =>
        withDevice(lent, async (dial) =>
          expectSame(await refusal(dial, lent.tls, { serverName: "r8.example.net" }), "wrong-name"),
        ),
    },
    {
      name: "a device refuses a certificate of another authority (RFC 7589 §7)",
      run: (lent) =>
        withDevice(lent, async (dial) =>
          expectSame(await refusal(dial, lent.tls, lent.tls.credentials.stranger), "closed-after-handshake"),
        ),
    },
  ],
);

/** Serves while the manager does its work. */
async function withDevice(
  { tcp, tls }: { readonly tcp: Tcp; readonly tls: Tls },
  use: (dial: Dial) => Promise<void>,
): Promise<void> {
  const server = await namedServer("inside");
  const listener = await tcp.listen();
  const service = serve({ ...tlsDevice(server, tls), listener });
  await use(tcp.dial(listener));
  await service.close();
  await server.close();
}

/** How a manager that is something else than usual ends. */
async function refusal(
  dial: Dial,
  { client, credentials }: Tls,
  change: { readonly serverName: string } | { readonly cert: string; readonly key: string },
): Promise<unknown> {
  const { ca, manager } = credentials;
  const tls = client({ ...manager, ca, serverName: "r7.example.net", ...change });
  const outcome: unknown = await manage({ dial, tls }, hostnameOf).catch((error: unknown) => error);
  return isTlsError(outcome) ? outcome.code : outcome;
}

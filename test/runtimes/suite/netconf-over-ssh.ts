import { streamSocket, webSocket } from "@netconf-kit/web-adapter";
import {
  type ClientSession,
  commit,
  type Dial,
  type DuplexSocket,
  editConfig,
  expectOk,
  fingerprintSha256,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  isSshError,
  type Listener,
  memoryPair,
  parseXml,
  serve,
} from "netconf-kit";
import { expectSame } from "./bytes.ts";
import { callOne, hostnameOf, manage, manageCaller, namedServer, sshCallers, sshDevice, sshManager } from "./ends.ts";
import { type CaseWith, type Feature, feature } from "./feature.ts";
import type { Capability, Lent } from "./runtime.ts";

/** A listener, and a `Dial` that leads to it. */
interface Way {
  readonly listener: Listener;
  readonly dial: Dial;
}

/** A manager and a device, both in the runtime, over whatever carries bytes in it. */
export const netconfInMemory: Feature = overWay("NETCONF over SSH, in memory", [], async () => pairWay(memoryPair()));
export const netconfOverWebStreams: Feature = overWay(
  "NETCONF over SSH over web streams",
  ["webStreams"],
  async ({ webStreams }) => {
    const [left, right] = webStreams();
    return pairWay([streamSocket(left), streamSocket(right)]);
  },
);
export const netconfOverWebSockets: Feature = overWay(
  "NETCONF over SSH over WebSockets",
  ["webSockets"],
  async ({ webSockets }) => {
    const [left, right] = await webSockets();
    return pairWay([webSocket(left), webSocket(right)]);
  },
);
export const netconfOverTcp: Feature = overWay("NETCONF over SSH over TCP", ["tcp"], async ({ tcp }) => {
  const listener = await tcp.listen();
  return { listener, dial: tcp.dial(listener) };
});

function overWay<Needs extends Capability>(
  name: string,
  needs: readonly Needs[],
  makeWay: (lent: Pick<Lent, Needs>) => Promise<Way>,
): Feature {
  const cases: readonly CaseWith<Needs>[] = [
    {
      name: "a manager dials a device, edits, commits and reads back",
      run: async (lent) => {
        const { listener, dial } = await makeWay(lent);
        const { device, fingerprint, credentials, server } = await makeEnds();
        const service = serve({ ...device, listener });
        await manage(sshManager(dial, fingerprint, credentials), rename);
        await service.close();
        await server.close();
      },
    },
    {
      name: "a device calls home, and is edited and read (RFC 8071)",
      run: async (lent) => {
        const { listener, dial } = await makeWay(lent);
        const { device, fingerprint, credentials, server } = await makeEnds();
        await Promise.all([
          callOne(device, dial),
          manageCaller(sshCallers(fingerprint, credentials), listener, rename),
        ]);
        await server.close();
      },
    },
    {
      name: "a manager goes away from a host key that it does not know",
      run: async (lent) => {
        const { listener, dial } = await makeWay(lent);
        const { device, credentials, server } = await makeEnds();
        const service = serve({ ...device, listener });
        const stranger = fingerprintSha256(generateKey("ssh-ed25519", random).publicBlob);
        const outcome = await manage(sshManager(dial, stranger, credentials), hostnameOf).catch((error) => error);
        expectSame(isSshError(outcome) && outcome.code, "host-key-rejected");
        await service.close();
        await server.close();
      },
    },
  ];
  return feature(name, needs, cases);
}

/** Changes what the device is called. */
async function rename(session: ClientSession): Promise<void> {
  expectSame(await hostnameOf(session), "before");
  const change = '<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>after</hostname></system>';
  expectOk(await session.rpc(editConfig("candidate", parseXml(change))));
  expectOk(await session.rpc(commit()));
  expectSame(await hostnameOf(session), "after");
}

async function makeEnds() {
  const [hostKey, userKey] = [generateKey("ssh-ed25519", random), generateKey("ssh-ed25519", random)];
  const credentials = {
    userKey: formatPrivateKey(userKey),
    authorizedKeys: formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "ops" }),
  };
  const server = await namedServer("before");
  return {
    server,
    credentials,
    fingerprint: fingerprintSha256(hostKey.publicBlob),
    device: sshDevice(server, formatPrivateKey(hostKey), credentials),
  };
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** One end is what is dialled, the other what comes of it. */
function pairWay([near, far]: readonly [DuplexSocket, DuplexSocket]): Way {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const close = async (): Promise<void> => end();
  const listener: Listener = {
    [Symbol.asyncIterator]: async function* () {
      yield far;
      await ended;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return { listener, dial: async () => near };
}

import { randomBytes } from "node:crypto";
import { listenTcp } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  createNetconfServer,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  listKeys,
  type NetconfServer,
  type PrivateKey,
  parseAuthorizedKeys,
  parseXml,
  type ServeEvent,
  serve,
} from "netconf-kit";
import { wellKnownLists } from "../src/well-known-lists.ts";

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
export const systemNamespace = "urn:ietf:params:xml:ns:yang:ietf-system";

/** A device of ours on a port of this machine. */
export interface TestDevice {
  readonly port: number;
  readonly target: string;
  readonly server: NetconfServer;
  readonly hostKey: PrivateKey;
  readonly fingerprint: string;
  readonly events: readonly ServeEvent[];
  readonly stop: () => Promise<void>;
}

export async function startDevice(
  userKey: Pick<PrivateKey, "type" | "publicBlob">,
  { lastIsFirst = false }: { /** Stops listening once a session has started. */ readonly lastIsFirst?: boolean } = {},
): Promise<TestDevice> {
  const hostKey = generateKey("ssh-ed25519", random);
  const { type, publicBlob } = userKey;
  const server = await createNetconfServer({
    schema: listKeys(wellKnownLists),
    initial: parseXml(
      `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="${systemNamespace}"><hostname>r1</hostname></system></config>`,
    ),
  });
  const listener = await listenTcp();
  const events: ServeEvent[] = [];
  const service = serve({
    listener,
    server,
    hostKeys: [hostKey],
    authenticate: allowLogin({
      authorizedKeys: parseAuthorizedKeys(formatPublicKey({ type, publicBlob, comment: "" })),
    }),
    onEvent: (event) => {
      events.push(event);
      if (lastIsFirst && event.type === "session-started") void listener.close();
    },
  });
  return {
    port: listener.port,
    target: `ops@127.0.0.1:${listener.port}`,
    server,
    hostKey,
    fingerprint: fingerprintSha256(hostKey.publicBlob),
    events,
    stop: async () => {
      await service.close();
      await server.close();
    },
  };
}

import type { CryptoProvider } from "@netconf-kit/ssh";
import {
  allowLogin,
  type ClientSession,
  connect,
  createNetconfServer,
  expectOk,
  fingerprintSha256,
  formatPublicKey,
  getConfig,
  nobleProvider,
  parseAuthorizedKeys,
  parseXml,
  serveSocket,
  trustFingerprints,
} from "netconf-kit";
import type { TimedCase } from "./harness.ts";
import type { Link } from "./runtimes-links.ts";
import { benchKey, HOST_SEED, USER_SEED } from "./ssh-keys.ts";

const SEQUENTIAL = 200;
const PIPELINED = 2000;
const IN_FLIGHT = 64;

const configuration = `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>bench</hostname></system></config>`;

/** A NETCONF session over SSH over a link, both ends in this process. */
export interface RpcEnds {
  readonly session: ClientSession;
  /** As negotiated. */
  readonly cipher: string;
  close(): Promise<void>;
}

export async function startRpc(link: Link, provider: CryptoProvider = nobleProvider): Promise<RpcEnds> {
  const hostKey = benchKey(HOST_SEED, { provider });
  const userKey = benchKey(USER_SEED, { provider });
  const authorized = formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "bench" });
  const server = await createNetconfServer({ initial: parseXml(configuration) });
  link.serve((socket) =>
    serveSocket(socket, {
      server,
      provider,
      hostKeys: [hostKey],
      authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorized) }),
    }),
  );
  const connection = await connect({
    dial: link.dial,
    provider,
    username: "bench",
    verifyHostKey: trustFingerprints([fingerprintSha256(hostKey.publicBlob)]),
    authentication: [{ method: "publickey", key: userKey }],
  });
  return {
    session: connection.session,
    cipher: connection.channel.security.cipher ?? "unknown cipher",
    close: async () => {
      await connection.close();
      await link.close();
      await server.close();
    },
  };
}

/** Small get-configs, each after the reply to the one before. */
export function oneAfterAnother(name: string, session: ClientSession): TimedCase {
  return {
    name,
    amount: SEQUENTIAL,
    run: async () => {
      for (let i = 0; i < SEQUENTIAL; i++) expectOk(await session.rpc(getConfig("running")));
    },
  };
}

/** Small get-configs, 64 of them at a time without a reply. */
export function inFlight(name: string, session: ClientSession): TimedCase {
  return {
    name,
    amount: PIPELINED,
    run: async () => {
      let left = PIPELINED;
      const worker = async (): Promise<void> => {
        while (left-- > 0) expectOk(await session.rpc(getConfig("running")));
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    },
  };
}

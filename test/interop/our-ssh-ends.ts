import { createHash } from "node:crypto";
import { dialTcp, listenTcp, nodeCryptoProvider } from "@netconf-kit/node-adapter";
import {
  type AlgorithmPreferences,
  acceptSsh,
  type CryptoProvider,
  compatible,
  connectSsh,
  type HostKeyAlgorithm,
  type NegotiatedAlgorithms,
  nobleProvider,
  type PrivateKey,
  type Signer,
  type SshChannel,
  type SshClientConnection,
  type SshServerConnection,
} from "@netconf-kit/ssh";
import { legacyAlgorithms } from "@netconf-kit/ssh/legacy";
import { random } from "./our-ends.ts";
import type { Suite } from "./peers/covering-set.ts";
import { PAYLOAD_BYTES } from "./peers/echo-peer.ts";
import { offeredAlgorithms, recordBeginning } from "./peers/offered-algorithms.ts";
import { pause } from "./peers/process.ts";
import type { AlgorithmNames } from "./peers/ssh-peers.ts";

/** What our end saw of one conversation in which the peer sends back what it gets. */
export interface Conversation {
  readonly negotiated: NegotiatedAlgorithms;
  readonly offered: AlgorithmNames;
  /** Key exchanges, the first one included. */
  readonly exchanges: number;
  /** Bytes that had come back when our key exchange began, and when it was over. */
  readonly rekeyedAt: readonly [begun: number, over: number];
  readonly sentHash: string;
  readonly receivedHash: string;
}

/**
 * A peer cannot send more than this without our leave, and none is given during a key exchange: however fast it is, the
 * first half of the payload is not through when ours begins.
 */
const WINDOW_BYTES = 16 * 1024;

const LEAVE_MILLISECONDS = 3000;

export interface ConversationOptions {
  readonly suite: Suite;
  /** Change keys when all that was sent has come back, before the second half goes. */
  readonly rekeyWhileIdle: boolean;
}

export const providers: Readonly<Record<string, CryptoProvider>> = {
  noble: nobleProvider,
  "node:crypto": nodeCryptoProvider(nobleProvider),
};

/** Our client in a conversation with a server on 127.0.0.1. */
export async function talkToServer(
  port: number,
  options: ConversationOptions & {
    readonly user: string;
    readonly userKey: PrivateKey;
    /** `SHA256:…` of the only host key that is accepted. */
    readonly fingerprint: string;
    readonly open: (connection: SshClientConnection) => Promise<SshChannel>;
  },
): Promise<Conversation> {
  const { suite, user, userKey, fingerprint, open } = options;
  const { socket, beginning } = recordBeginning(await dialTcp({ host: "127.0.0.1", port })());
  let exchanges = 0;
  const algorithms = onlyOf(suite, legacy);
  const connection = await connectSsh(socket, {
    ...common(suite),
    algorithms: { ...algorithms, hostKey: algorithms.hostKey.map((each) => countingVerifier(each, () => exchanges++)) },
    username: user,
    verifyHostKey: (key) =>
      key.fingerprint === fingerprint ? { accept: true } : { accept: false, reason: "another key" },
    authentication: [{ method: "publickey", key: userKey }],
  });
  try {
    const result = await converse(connection, await open(connection), options.rekeyWhileIdle);
    return {
      ...result,
      negotiated: connection.negotiated,
      offered: offeredAlgorithms(beginning()),
      exchanges,
    };
  } finally {
    await connection.close();
  }
}

/** Our server, waiting for one client that opens the subsystem `echo`. */
export async function awaitClient(
  options: ConversationOptions & { readonly hostKey: Signer; readonly userKeyFingerprint: string },
): Promise<{ readonly port: number; readonly result: Promise<Conversation>; readonly stop: () => Promise<void> }> {
  const { suite, hostKey, userKeyFingerprint } = options;
  const listener = await listenTcp();
  const serve = async (): Promise<Conversation> => {
    const accepted = await listener[Symbol.asyncIterator]().next();
    if (accepted.done === true) throw new Error("nobody came");
    const { socket, beginning } = recordBeginning(accepted.value);
    let exchanges = 0;
    const connection = await acceptSsh(socket, {
      ...common(suite),
      // The list of host key algorithms is also what users may sign with; the host's own is the signer's only one.
      algorithms: { ...onlyOf(suite), hostKey: compatible.hostKey },
      hostKeys: [countingSigner(hostKey, suite.hostKey, () => exchanges++)],
      authenticate: (attempt) => ({
        accept: attempt.method === "publickey" && attempt.fingerprint === userKeyFingerprint,
      }),
    });
    try {
      const channel = await acceptEcho(connection);
      const result = await converse(connection, channel, options.rekeyWhileIdle);
      // Taking leave is the client's affair.
      await Promise.race([connection.closed, pause(LEAVE_MILLISECONDS)]);
      return { ...result, negotiated: connection.negotiated, offered: offeredAlgorithms(beginning()), exchanges };
    } finally {
      await connection.close();
    }
  };
  const result = serve();
  // Whoever waits for it is told; a peer that fails first is the better report.
  result.catch(() => {});
  return { port: listener.port, result, stop: () => listener.close() };
}

const legacy = legacyAlgorithms({
  dangerouslyAllow: ["sha1-key-exchange", "sha1-signatures", "cbc-ciphers", "truncated-mac"],
});

/** The algorithms of a suite, and no others, from a preset that has them. */
export function onlyOf(suite: Suite, preset: AlgorithmPreferences = compatible): AlgorithmPreferences {
  const named = <A extends { readonly name: string }>(list: readonly A[], name: string): readonly A[] =>
    list.filter((each) => each.name === name);
  return {
    keyExchange: named(preset.keyExchange, suite.kex),
    hostKey: named(preset.hostKey, suite.hostKey),
    cipher: named(preset.cipher, suite.cipher),
    // A peer wants to see a MAC even where the cipher leaves it no work.
    mac: suite.mac === "implicit" ? preset.mac : named(preset.mac, suite.mac),
  };
}

function common(suite: Suite): {
  readonly provider: CryptoProvider;
  readonly limits: { readonly windowBytes: number };
} {
  return { provider: providers[suite.provider] ?? nobleProvider, limits: { windowBytes: WINDOW_BYTES } };
}

/** Each key exchange has one signature of the server, which the client checks (RFC 4253 §8). */
function countingVerifier(algorithm: HostKeyAlgorithm, count: () => void): HostKeyAlgorithm {
  return {
    ...algorithm,
    verify: (...args) => {
      count();
      return algorithm.verify(...args);
    },
  };
}

function countingSigner(signer: Signer, algorithm: string, count: () => void): Signer {
  return {
    algorithms: [algorithm],
    publicBlob: signer.publicBlob,
    sign: (data) => {
      count();
      return signer.sign(data, algorithm);
    },
  };
}

async function acceptEcho(connection: SshServerConnection): Promise<SshChannel> {
  for await (const subsystem of connection.incoming) {
    if (subsystem.name === "echo") return subsystem.accept();
    subsystem.reject();
  }
  throw new Error("the client asked for no subsystem");
}

type Echoed = Pick<Conversation, "rekeyedAt" | "sentHash" | "receivedHash">;

/** Sends the payload in two halves with a key exchange in between, while the peer sends it back. */
async function converse(
  connection: SshClientConnection | SshServerConnection,
  channel: SshChannel,
  rekeyWhileIdle: boolean,
): Promise<Echoed> {
  const payload = random(PAYLOAD_BYTES);
  const half = PAYLOAD_BYTES / 2;
  const received = createHash("sha256");
  let length = 0;
  let arrived = (): void => {};
  const reading = (async () => {
    for (let chunk = await channel.read(); chunk !== undefined; chunk = await channel.read()) {
      received.update(chunk);
      length += chunk.length;
      arrived();
    }
  })();
  const atLeast = (count: number): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => {
        arrived = () => void (length >= count && resolve());
        arrived();
      }),
      reading.then(() => {
        if (length < count) throw new Error(`the peer ended after ${length} bytes`);
      }),
    ]);

  const firstHalf = channel.write(payload.subarray(0, half));
  await atLeast(rekeyWhileIdle ? half : 1);
  const begun = length;
  await connection.rekey();
  const over = length;
  await firstHalf;
  await channel.write(payload.subarray(half));
  await atLeast(PAYLOAD_BYTES);
  await channel.closeWrite();
  await reading;
  return {
    rekeyedAt: [begun, over],
    sentHash: createHash("sha256").update(payload).digest("hex"),
    receivedHash: received.digest("hex"),
  };
}

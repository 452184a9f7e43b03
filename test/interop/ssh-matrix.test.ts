import { parsePrivateKey } from "@netconf-kit/ssh";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitClient, type Conversation, providers, talkToServer } from "./our-ssh-ends.ts";
import { coveringSet, PairLedger, type Suite } from "./peers/covering-set.ts";
import {
  type EchoClient,
  type EchoKeys,
  type EchoServer,
  END_MILLISECONDS,
  hostKeyFor,
  makeEchoKeys,
  PAYLOAD_BYTES,
} from "./peers/echo-peer.ts";
import { echoClients, echoServers } from "./peers/echo-peers.ts";
import { type MatrixRow, matrixTable } from "./peers/matrix-table.ts";
import { requirePeer } from "./peers/peers.ts";
import { tempFolder } from "./peers/process.ts";
import { ourClient, ourServer, type SshPeer, sshPeers } from "./peers/ssh-peers.ts";

const ledger = new PairLedger();
const plan = sshPeers.map((peer) => ({
  peer,
  suites: coveringSet(peer.supports, Object.keys(providers), ledger),
}));
const results: MatrixRow[] = plan.map((row) => ({ ...row, failed: undefined }));

const folder = tempFolder();
let keys: EchoKeys;
beforeAll(() => {
  keys = makeEchoKeys(folder.path);
});
afterAll(folder.remove);

describe("every algorithm that a peer and we have in common, with new keys in the middle of the data", () => {
  for (const [i, { peer, suites }] of plan.entries()) {
    const title = `${peer.name} as ${peer.role}: ${suites.length} conversations`;
    it.runIf(requirePeer(peer.peer))(title, { concurrent: true, timeout: 300_000 }, async () => {
      const problems = peer.role === "server" ? await withServer(peer, suites) : await withClient(peer, suites);
      results[i] = { peer, suites, failed: suites.filter((suite) => problems.some((each) => each.suite === suite)) };
      expect(problems.map(({ suite, problem }) => `${Object.values(suite).join(" + ")}: ${problem}`)).toEqual([]);
    });
  }
});

it("is the matrix that docs/peers.md shows", async () => {
  const table = matrixTable(results);
  process.stdout.write(`\n${table}\n\n`);
  // With peers missing, or a test chosen by its name, there is nothing to compare.
  if (results.some(({ failed }) => failed === undefined)) return;
  const text = [
    "# The SSH peers we are tested against",
    "",
    "Each conversation sends 128 KiB, gets them back and compares hashes; keys are changed in the middle. Which algorithms go",
    "together is computed: in each row every algorithm at least once, and over all rows as many different pairs as that allows.",
    `Our cryptography is \`nobleProvider\` and \`nodeCryptoProvider\` in turn. ${ledger.size} pairs have met.`,
    "In test/interop/ssh-matrix-ncclient.test.ts ncclient, which stands on paramiko, reads and writes 100 KB of configuration.",
    "",
    "`C`: works with the peer as client. `S`: works with the peer as server. `r`: refused. `!`: failed. `–`: absent, see below.",
    "",
    table,
    "",
    "`npm run interop -- ssh-matrix --update` writes this file; test/interop/peers/ssh-peers.ts has the facts.",
    "",
  ];
  await expect(text.join("\n")).toMatchFileSnapshot("../../docs/peers.md");
});

interface Problem {
  readonly suite: Suite;
  readonly problem: string;
}

/** Every conversation is held, also after one that failed. */
async function each(
  peer: SshPeer,
  suites: readonly Suite[],
  log: () => string,
  talk: (suite: Suite) => Promise<Conversation>,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const suite of suites) {
    try {
      const found = faults(peer, suite, await inTime(talk(suite)));
      problems.push(...found.map((problem) => ({ suite, problem })));
    } catch (error) {
      problems.push({ suite, problem: `${error instanceof Error ? error.message : error}\n${log()}` });
    }
  }
  return problems;
}

async function withServer(peer: SshPeer, suites: readonly Suite[]): Promise<readonly Problem[]> {
  const start = echoServers[peer.name];
  if (start === undefined) throw new Error(`nobody knows how to start ${peer.name}`);
  const server: EchoServer = await start({ peer, keys });
  const userKey = parsePrivateKey(keys.userKey.text);
  const talk = (suite: Suite): Promise<Conversation> =>
    talkToServer(server.port, {
      suite,
      user: server.user,
      userKey,
      fingerprint: server.fingerprint(suite.hostKey),
      open: server.open,
      rekeyWhileIdle: peer.rekeyWhileIdle !== undefined,
    });
  try {
    const problems = await each(peer, suites, server.log, talk);
    const [first] = suites;
    if (first === undefined) return problems;
    const refused = (peer.refuses?.names ?? []).map((kex) => ({ ...first, kex }));
    const accepted = await Promise.all(
      refused.map((suite) =>
        inTime(talk(suite)).then(
          () => [suite],
          () => [],
        ),
      ),
    );
    return [...problems, ...accepted.flat().map((suite) => ({ suite, problem: "it was not refused" }))];
  } finally {
    await server.stop();
  }
}

async function withClient(peer: SshPeer, suites: readonly Suite[]): Promise<readonly Problem[]> {
  const start = echoClients[peer.name];
  if (start === undefined) throw new Error(`nobody knows how to start ${peer.name}`);
  const client: EchoClient = await start({ peer, keys });
  try {
    return await each(peer, suites, client.log, async (suite) => {
      const key = hostKeyFor(keys.hostKeys, suite.hostKey);
      const ours = await awaitClient({
        suite,
        hostKey: parsePrivateKey(key.text),
        userKeyFingerprint: keys.userKey.fingerprint,
        rekeyWhileIdle: peer.rekeyWhileIdle !== undefined,
      });
      try {
        const call = await client.dial(ours.port, { line: key.publicLine, fingerprint: key.fingerprint });
        const [result] = await Promise.all([ours.result, call.ended]);
        return result;
      } finally {
        await ours.stop();
      }
    });
  } finally {
    await client.stop();
  }
}

/** In what a conversation that came to its end was not as it has to be. */
function faults(peer: SshPeer, suite: Suite, conversation: Conversation): readonly string[] {
  const { negotiated, offered, exchanges, rekeyedAt, sentHash, receivedHash } = conversation;
  const found: string[] = [];
  const check = (what: string, actual: unknown, expected: unknown): void => {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) found.push(`${what}: ${a} and not ${b}`);
  };
  check("content", receivedHash, sentHash);
  const { kex, hostKey, clientToServer, serverToClient, strictKex } = negotiated;
  const direction = { cipher: suite.cipher, mac: suite.mac };
  check("algorithms", [kex, hostKey, clientToServer, serverToClient], [suite.kex, suite.hostKey, direction, direction]);
  check("strict key exchange", strictKex, peer.strictKex);
  const [begun, over] = rekeyedAt;
  if (begun === 0 || over > PAYLOAD_BYTES / 2) found.push(`keys changed between byte ${begun} and byte ${over}`);
  const wanted = peer.rekeysItself ? 3 : 2;
  if (exchanges < wanted) found.push(`${exchanges} key exchanges, and not ${wanted} or more`);
  const ours = peer.role === "server" ? ourClient : ourServer;
  const all = (list: "kex" | "hostKey" | "cipher" | "mac"): readonly string[] => [
    ...peer.supports[list],
    ...(peer.refuses?.names ?? []),
  ];
  for (const list of ["kex", "hostKey", "cipher", "mac"] as const)
    check(`common ${list}`, common(ours[list], offered[list]), common(ours[list], all(list)));
  return found;
}

function common(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  return ours.filter((name) => theirs.includes(name));
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it did not end in time")), END_MILLISECONDS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

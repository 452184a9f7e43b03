import { createHash } from "node:crypto";
import type { GeneratedKeyType, KexAlgorithm } from "@netconf-kit/ssh";
import { describe, expect, it } from "vitest";
import { base, ifNamespace, startOurServer } from "./our-ends.ts";
import { onlyOf, providers } from "./our-ssh-ends.ts";
import { coveringSet, PairLedger, type Suite } from "./peers/covering-set.ts";
import { type NcclientStep, ncclientConnect } from "./peers/ncclient.ts";
import { requirePeer } from "./peers/peers.ts";
import { keyPair, tempFolder } from "./peers/process.ts";
import { sshPeers } from "./peers/ssh-peers.ts";

const paramiko = sshPeers.find(({ name, role }) => name === "paramiko" && role === "client");
if (paramiko === undefined) throw new Error("ssh-peers.ts has no paramiko");
const { supports } = paramiko;
/** Keys that our device makes for itself: for RSA, ncclient has another way of its own. */
const hostKey = supports.hostKey.filter((name) => !name.startsWith("rsa"));
const suites = coveringSet({ ...supports, hostKey }, Object.keys(providers), new PairLedger());

const ENTRIES = 800;

describe.runIf(requirePeer("ncclient"))("ncclient reads and writes 100 KB while our server changes keys", () => {
  for (const suite of suites)
    it.concurrent(Object.values(suite).join(" + "), async () => {
      await converse(suite);
    });
});

async function converse(suite: Suite): Promise<void> {
  const folder = tempFolder();
  const userKey = keyPair("ed25519", folder.path);
  const only = onlyOf(suite);
  let exchanges = 0;
  const device = await startOurServer({
    authorizedKeyLine: userKey.publicLine,
    // `as`: RSA has been taken out of the names.
    hostKeyType: suite.hostKey as GeneratedKeyType,
    interfaces: ENTRIES,
    ssh: {
      provider: providers[suite.provider] ?? expect.fail(`no provider ${suite.provider}`),
      rekey: { bytes: 32 * 1024 },
      algorithms: {
        keyExchange: only.keyExchange.map((kex) => counting(kex, () => exchanges++)),
        cipher: only.cipher,
        mac: only.mac,
      },
    },
  });
  try {
    const entries = Array.from({ length: ENTRIES }, (_, i) => ({ name: `eth${i}`, text: `${suite.kex} ${i ** 3}` }));
    const config = `<config xmlns="${base}"><interfaces xmlns="${ifNamespace}">${entries.map(xmlOf).join("")}</interfaces></config>`;
    const script: NcclientStep[] = [
      { do: "get-config" },
      { do: "edit-config", config },
      { do: "commit" },
      { do: "get-config" },
    ];
    const { port, hostKeyBase64 } = device;
    const result = await ncclientConnect({ port, user: "ops", userKeyFile: userKey.file, hostKeyBase64, script });
    expect(result.error).toBeUndefined();
    expect(result.steps?.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    const before = entries.map(({ name }, i) => ({ name, text: `port number ${i} of this device` }));
    expect(hashOf(entriesOf(result.steps?.[0]?.data ?? ""))).toBe(hashOf(before));
    expect(hashOf(entriesOf(result.steps?.[3]?.data ?? ""))).toBe(hashOf(entries));
    // Two replies and a request, each of about 100 KB, and the login.
    expect(exchanges).toBeGreaterThanOrEqual(4);
  } finally {
    await device.stop();
    folder.remove();
  }
}

interface Entry {
  readonly name: string;
  readonly text: string;
}

function xmlOf({ name, text }: Entry): string {
  return `<interface><name>${name}</name><description>${text}</description></interface>`;
}

function entriesOf(xml: string): readonly Entry[] {
  const pattern = /<(?:\w+:)?name>([^<]*)<.*?<(?:\w+:)?description>([^<]*)</gs;
  return [...xml.matchAll(pattern)].map(([, name = "", text = ""]) => ({ name, text }));
}

function hashOf(entries: readonly Entry[]): string {
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}

function counting(kex: KexAlgorithm, count: () => void): KexAlgorithm {
  if (kex.kind === "group-exchange") return kex;
  return {
    ...kex,
    respond: (...args) => {
      count();
      return kex.respond(...args);
    },
  };
}

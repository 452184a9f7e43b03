import type { CryptoProvider } from "@netconf-kit/ssh";
import { decode, LARGE } from "./framing-ours.ts";
import { framed, interfacesReply, readsOf } from "./framing-streams.ts";
import type { BenchCase, BenchGroup, TimedCase } from "./harness.ts";
import { inFlight, oneAfterAnother, startRpc } from "./rpc-ends.ts";
import type { Guest, Need, ProviderName } from "./runtimes-guest.ts";
import { type Link, memoryLink, tcpLink } from "./runtimes-links.ts";
import { bulk, firstCipher, handshakes, idleSessions } from "./runtimes-ssh.ts";
import { interfacesDocument } from "./xml-documents.ts";
import { strings, tokens } from "./xml-ours.ts";

/** What is measured in every runtime that has what it needs. */
export interface Measure {
  readonly name: string;
  readonly unit: BenchGroup["unit"];
  readonly needs: readonly Need[];
  readonly rounds?: number;
  /** Whether it takes the runtime's own provider: which one that is stands beside the figure. */
  readonly byOwnProvider?: boolean;
  /** Whether the space for new objects is kept small, where that can be said: what counts is then what is held. */
  readonly holdsStill?: boolean;
  make(guest: Guest): Promise<BenchCase>;
}

const MIB = 1 << 20;
/** Plain JavaScript takes its time. */
const NOBLE_BYTES = 8 * MIB;
const NATIVE_BYTES = 64 * MIB;
const AES = "aes128-gcm@openssh.com";
const CHACHA = "chacha20-poly1305@openssh.com";

export const measures: readonly Measure[] = [
  {
    name: "framing: one message of 64 MiB in chunks of 1 KiB, to views",
    unit: "B",
    needs: [],
    make: async () => repeated(decode("", "chunked", readsOf(framed("chunked", interfacesReply(LARGE), 1024))), 8),
  },
  {
    name: "framing: one end-of-message message of 64 MiB, to views",
    unit: "B",
    needs: [],
    make: async () =>
      repeated(decode("", "end-of-message", readsOf(framed("end-of-message", interfacesReply(LARGE)))), 4),
  },
  {
    name: "xml: 10 MiB of ietf-interfaces, tokens with namespaces, text stays bytes",
    unit: "B",
    needs: [],
    make: async () => tokens("", interfacesDocument()),
  },
  {
    name: "xml: 10 MiB of ietf-interfaces, every text and attribute a string",
    unit: "B",
    needs: [],
    make: async () => strings("", interfacesDocument()),
  },
  bulkBy("noble", AES, NOBLE_BYTES),
  bulkBy("noble", CHACHA, NOBLE_BYTES),
  bulkBy("WebCrypto", AES, NATIVE_BYTES),
  bulkBy("node:crypto", AES, NATIVE_BYTES),
  {
    name: "ssh: bulk over TCP",
    unit: "B",
    needs: ["TCP"],
    byOwnProvider: true,
    make: async ({ tcp, ownProvider: { provider } }) =>
      bulk(await tcpLink(given(tcp)), provider, { cipher: firstCipher(provider), bytes: NATIVE_BYTES }),
  },
  {
    name: "ssh: handshakes in memory, noble",
    unit: "login",
    needs: [],
    make: async ({ providers }) => handshakes(memoryLink(), given(providers.noble), 15),
  },
  ...inMemoryAndOverTcp("ssh: handshakes", "login", async (link, provider) => handshakes(link, provider, 50)),
  {
    name: "ssh: idle sessions in memory, both ends",
    unit: "sessions in 1 MiB",
    needs: ["figure of its memory"],
    rounds: 3,
    byOwnProvider: true,
    holdsStill: true,
    make: ({ ownProvider, residentBytes }) => idleSessions(memoryLink(), ownProvider.provider, given(residentBytes)),
  },
  ...inMemoryAndOverTcp("rpc: small get-config over SSH, one after another", "rpc", async (link, provider) =>
    repeated(oneAfterAnother("", (await startRpc(link, provider)).session), 2),
  ),
  ...inMemoryAndOverTcp("rpc: small get-config over SSH, 64 in flight", "rpc", async (link, provider) =>
    inFlight("", (await startRpc(link, provider)).session),
  ),
];

function bulkBy(name: ProviderName, cipher: string, bytes: number): Measure {
  return {
    name: `ssh: bulk in memory, ${name}, ${cipher}`,
    unit: "B",
    needs: name === "node:crypto" ? [name] : [],
    make: ({ providers }) => bulk(memoryLink(), given(providers[name]), { cipher, bytes }),
  };
}

/** With the runtime's own provider, which every runtime can in memory. */
function inMemoryAndOverTcp(
  name: string,
  unit: Measure["unit"],
  make: (link: Link, provider: CryptoProvider) => Promise<BenchCase>,
): readonly Measure[] {
  const common = { unit, byOwnProvider: true };
  return [
    {
      ...common,
      name: `${name}, in memory`,
      needs: [],
      make: ({ ownProvider }) => make(memoryLink(), ownProvider.provider),
    },
    {
      ...common,
      name: `${name}, over TCP`,
      needs: ["TCP"],
      make: async ({ tcp, ownProvider }) => make(await tcpLink(given(tcp)), ownProvider.provider),
    },
  ];
}

/** The same work several times over: clocks do not measure milliseconds well. */
function repeated(timed: TimedCase, times: number): TimedCase {
  return {
    ...timed,
    amount: times * timed.amount,
    run: async () => {
      for (let i = 0; i < times; i++) await timed.run();
    },
  };
}

/** What a measure needs is there where it is made. */
function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("this runtime does not have what the measure needs");
  return value;
}

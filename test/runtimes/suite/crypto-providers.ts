import { type AlgorithmPreferences, type CryptoProvider, modern, nobleProvider } from "@netconf-kit/ssh";
import {
  type Checked,
  laterGcmCase,
  rfcCases,
  type WycheproofCase,
  wycheproofCases,
} from "../../../packages/ssh/test/algorithms/provider-conformance.ts";
import type { WycheproofGroup } from "../../../packages/ssh/test/algorithms/wycheproof-group.ts";
import { MachinePair } from "../../../packages/ssh/test/session/machine-pair.ts";
import { expectNone, expectSame } from "./bytes.ts";
import { feature } from "./feature.ts";
import type { Corpus } from "./material.ts";

/** What a provider is judged by. */
interface Judged {
  readonly provider: CryptoProvider;
  readonly corpus: Corpus;
}
type Case = { readonly name: string; readonly run: (judged: Judged) => void | Promise<void> };

/** The slow vectors are thinned: the unit tests run them all, and here it is another engine that is looked at. */
const ONE_OF = 10;

const rfcs = rfcCases.map(
  (one): Case => ({ name: one.name, run: ({ provider }) => expectAll(one.run(provider), one.atLeast) }),
);
const vectors = wycheproofCases.map(vectorCase);
const gcmVectors = [...wycheproofCases.filter(({ file }) => file === laterGcmCase.file), laterGcmCase].map(vectorCase);

const quick: AlgorithmPreferences = {
  ...modern,
  keyExchange: modern.keyExchange.filter(({ name }) => name === "curve25519-sha256"),
};
const ciphers = modern.cipher.map((one) => conversation(one.name, { ...quick, cipher: [one] }));
const keyExchanges = modern.keyExchange.map((one) => conversation(one.name, { ...quick, keyExchange: [one] }));

/** Pure JavaScript. The recorded conversations are its own. */
export const nobleCryptography = feature(
  "cryptography of @noble",
  ["nobleCrypto", "corpus"],
  [...rfcs, ...vectors].map(({ name, run }) => ({
    name,
    run: ({ nobleCrypto, corpus }) => run({ provider: nobleCrypto, corpus }),
  })),
);

/** AES-GCM; everything else of this provider is @noble's. */
export const webCryptography = feature(
  "cryptography of WebCrypto",
  ["webCrypto", "corpus"],
  [...gcmVectors, ...ciphers].map(({ name, run }) => ({
    name,
    run: ({ webCrypto, corpus }) => run({ provider: webCrypto, corpus }),
  })),
);

export const nodeCryptography = feature(
  "cryptography of node:crypto",
  ["nodeCrypto", "corpus"],
  [...rfcs, ...vectors, ...keyExchanges, ...ciphers].map(({ name, run }) => ({
    name,
    run: ({ nodeCrypto, corpus }) => run({ provider: nodeCrypto, corpus }),
  })),
);

function vectorCase({ name, file, atLeast, run }: WycheproofCase): Case {
  const oneOf = file.startsWith("ecd") ? ONE_OF : 1;
  const thin = ({ tests, ...group }: WycheproofGroup): WycheproofGroup => ({
    ...group,
    tests: tests.filter(({ tcId }) => tcId % oneOf === 0),
  });
  return {
    name,
    run: async ({ provider, corpus }) =>
      expectAll(await run(provider, (corpus.wycheproof[file] ?? []).map(thin)), atLeast / oneOf),
  };
}

function expectAll({ checked, failures }: Checked, atLeast: number): void {
  expectNone(failures);
  if (checked < atLeast) throw new Error(`there are only ${checked} vectors`);
}

function conversation(algorithm: string, algorithms: AlgorithmPreferences): Case {
  return {
    name: `${algorithm}, as client and as server of @noble`,
    run: async ({ provider }) => {
      await converse(provider, nobleProvider, algorithms);
      await converse(nobleProvider, provider, algorithms);
    },
  };
}

const SENT_BYTES = 100_000;

/** Login, data, a change of keys, data. */
async function converse(
  client: CryptoProvider,
  server: CryptoProvider,
  algorithms: AlgorithmPreferences,
): Promise<void> {
  const pair = new MachinePair({ client: { provider: client, algorithms }, server: { provider: server, algorithms } });
  const { client: channel } = pair.openChannel();
  pair.client.writeChannel(channel, new Uint8Array(SENT_BYTES).fill(7), 1 << 20);
  await pair.settle();
  pair.client.rekey();
  await pair.settle();
  pair.client.writeChannel(channel, new Uint8Array(SENT_BYTES).fill(7), 1 << 20);
  await pair.settle();
  const received = pair.serverEvents.flatMap((event) => (event.type === "channelData" ? [event.bytes] : []));
  expectSame(
    received.reduce((sum, { length }) => sum + length, 0),
    2 * SENT_BYTES,
  );
  expectSame(
    received.every((bytes) => bytes.every((byte) => byte === 7)),
    true,
  );
}

import { nobleProvider } from "@netconf-kit/ssh";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import type { Material } from "./material.ts";
import type { Runtime } from "./runtime.ts";
import { webStreamPair } from "./web-stream-pair.ts";

/** Says nothing about a runtime: the machine lacks something. */
export const NO_CORPUS = "the corpus is not at hand";

/** What is lent in every runtime alike. A host may put something else in its place. */
export function fromMaterial({
  transcripts,
  corpus,
}: Material): Pick<Runtime["lends"], "transcripts" | "corpus" | "nobleCrypto" | "webCrypto" | "webStreams"> {
  return {
    transcripts,
    corpus: corpus ?? { lacks: NO_CORPUS },
    nobleCrypto: nobleProvider,
    webCrypto: webCryptoProvider(crypto.subtle, nobleProvider),
    webStreams: webStreamPair,
  };
}

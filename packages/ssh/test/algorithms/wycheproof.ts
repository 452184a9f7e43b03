import { readFileSync } from "node:fs";
import { join } from "node:path";
import { corpus } from "../../../../test/support/corpus.ts";

/** The fields of all test kinds used here; each file has some of them. All are hex texts. */
export interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly sig: string;
  readonly public: string;
  readonly private: string;
  readonly shared: string;
  readonly ek: string;
  readonly c: string;
  readonly K: string;
  readonly m: string;
  readonly seed: string;
  readonly dk: string;
}

export interface WycheproofGroup {
  readonly ivSize: number;
  readonly tagSize: number;
  readonly keySize: number;
  readonly publicKey: {
    readonly pk: string;
    readonly uncompressed: string;
    readonly modulus: string;
    readonly publicExponent: string;
  };
  readonly tests: readonly WycheproofTest[];
}

/** The groups of one file; none when the corpus is absent. */
export function wycheproof(file: string): readonly WycheproofGroup[] {
  const root = corpus();
  if (root === undefined) return [];
  return JSON.parse(readFileSync(join(root, "crypto/wycheproof", `${file}.json`), "utf8")).testGroups;
}

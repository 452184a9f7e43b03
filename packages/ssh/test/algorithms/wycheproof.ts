import { readFileSync } from "node:fs";
import { join } from "node:path";
import { corpus } from "../../../../test/support/corpus.ts";
import type { WycheproofGroup } from "./wycheproof-group.ts";

/** The groups of one file; none when the corpus is absent. */
export function wycheproof(file: string): readonly WycheproofGroup[] {
  const root = corpus();
  if (root === undefined) return [];
  return JSON.parse(readFileSync(join(root, "crypto/wycheproof", `${file}.json`), "utf8")).testGroups;
}

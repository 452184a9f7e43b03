import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of unpacked test data (messages and streams of many vendors, framing vectors, hostile XML, SSH keys and
 * sessions), or `undefined` where the archive is not at hand. `CORPUS` names the archive; otherwise it is looked for
 * in `shared/` beside the checkout.
 *
 * @example
 * describe.runIf(corpus())("the corpus", () => { … });
 */
export function corpus(): string | undefined {
  const archive = process.env.CORPUS ?? fileURLToPath(new URL("../../../shared/corpus.tar.xz", import.meta.url));
  if (!existsSync(archive)) {
    if (process.env.REQUIRE_PEERS === "1")
      throw new Error(`the test corpus is required, and there is none at "${archive}": set CORPUS`);
    process.stderr.write(`skipped: tests that need the corpus, of which there is none at "${archive}"; set CORPUS to its place
`);
    return undefined;
  }
  const digest = createHash("sha256").update(readFileSync(archive)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `netconf-kit-corpus-${digest}`);
  if (existsSync(folder)) return folder;
  // Unpacked aside and renamed: two test workers may arrive at once.
  const aside = `${folder}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  execFileSync("tar", ["-xJf", archive, "-C", aside]);
  try {
    renameSync(aside, folder);
  } catch {
    rmSync(aside, { recursive: true, force: true });
  }
  return folder;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What guests run: one file for all processes, and the same for a page. */
export interface GuestBundles {
  readonly process: string;
  readonly page: string;
}

/** Bundles what was built, or the sources where this process measures those. Goes with this process. */
export async function bundleGuests(): Promise<GuestBundles> {
  const folder = mkdtempSync(join(tmpdir(), "netconf-kit-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const bundle = async (name: string): Promise<string> => {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
      outfile,
      bundle: true,
      format: "esm",
      target: "es2023",
      platform: "neutral",
      mainFields: ["module", "main"],
      external: ["node:*"],
      conditions: process.execArgv.includes("--conditions=source") ? ["source"] : [],
    });
    return outfile;
  };
  return { process: await bundle("runtimes-process"), page: await bundle("runtimes-page") };
}

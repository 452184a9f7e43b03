import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Material } from "../runtimes/suite/material.ts";
import type { OutsideEnd } from "../runtimes/suite/runtime.ts";
import { startOutsideEnds } from "./outside-ends.ts";
import { makeCredentials, makeMaterial } from "./suite-material.ts";

/** What a host of the suite is given on the side of Node.js. */
export interface SuiteWorld {
  readonly material: Material;
  /** The same as a file of JSON. */
  readonly materialFile: string;
  /** An empty folder that is removed with the world. */
  readonly folder: string;
  /** A file of test/runtimes with everything it imports, as one ES module. Gives the path of the file. */
  bundle(entry: string, options?: BundleOptions): Promise<string>;
  /** Lets an end in Node.js come to a port of 127.0.0.1. */
  come(end: OutsideEnd, port: number): void;
  /** What has gone wrong with the ends in Node.js since this was last asked. */
  takeTroubles(): readonly Error[];
  close(): Promise<void>;
}

export interface BundleOptions {
  /** Default `neutral`. */
  readonly platform?: "neutral" | "browser" | "node";
  /** Conditions of exports besides `source`. */
  readonly conditions?: readonly string[];
}

/** Keys, certificates, the ends in Node.js, and what the hosts are made of. */
export async function makeSuiteWorld(): Promise<SuiteWorld> {
  const folder = mkdtempSync(join(tmpdir(), "netconf-suite-"));
  const { credentials, theirHostKey } = makeCredentials();
  const outside = await startOutsideEnds(credentials, theirHostKey);
  const material = { ...makeMaterial(), credentials, ports: outside.ports };
  const materialFile = join(folder, "material.json");
  writeFileSync(materialFile, JSON.stringify(material));
  return {
    material,
    materialFile,
    folder,
    takeTroubles: () => outside.troubles.splice(0),
    come: outside.come,
    bundle: async (entry, { platform = "neutral", conditions = [] } = {}) => {
      const outfile = join(folder, entry.replace(/\.ts$/, ".mjs"));
      await build({
        entryPoints: [fileURLToPath(new URL(`../runtimes/${entry}`, import.meta.url))],
        outfile,
        bundle: true,
        format: "esm",
        platform,
        mainFields: ["module", "main"],
        // The sources of our packages, so that nothing has to be built before.
        conditions: ["source", ...conditions],
        external: ["node:*", "cloudflare:*"],
        // CommonJS in the bundle asks for what Node.js has.
        ...(platform === "node" && {
          banner: {
            js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
          },
        }),
        sourcemap: "inline",
        logLevel: "error",
      });
      return outfile;
    },
    close: async () => {
      await outside.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

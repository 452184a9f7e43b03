import { defineConfig } from "tsup";

/** One configuration for every package; `scripts/build.mjs` runs it in each package's folder. */
export default defineConfig({
  entry: process.env.NETCONF_KIT_ENTRIES?.split(",") ?? ["src/mod.ts"],
  format: "esm",
  target: "es2023",
  platform: "neutral",
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
  silent: true,
  removeNodeProtocol: false,
  external: [/^node:/],
  // Puts numbers in the place of constants: less to load, and nothing to look up in a loop. Names and lines stay.
  esbuildOptions: (options) => {
    options.minifySyntax = true;
  },
});

import { defaultClientConditions, defineConfig } from "vite";

/** Everything the page needs comes from its own folder, whatever path it is served at; nothing stands inline. */
export default defineConfig({
  base: "./",
  resolve: { conditions: ["source", ...defaultClientConditions] },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
});

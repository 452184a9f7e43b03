import { defineConfig } from "vitest/config";

// A busy machine takes its time: what is waited for comes, or the test has failed.
const expect = { poll: { timeout: 15_000 } };

const shared = {
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
};

export default defineConfig({
  test: {
    projects: [
      { ...shared, test: { name: "unit", expect, include: ["packages/*/test/**/*.test.ts"], testTimeout: 120_000 } },
      { ...shared, test: { name: "cross", expect, include: ["test/cross/**/*.test.ts"], testTimeout: 120_000 } },
      {
        ...shared,
        test: {
          name: "interop",
          expect,
          include: ["test/interop/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

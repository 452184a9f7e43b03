import { fileURLToPath } from "node:url";

/** Where a file of test/runtimes is. */
export function runtimePath(name: string): string {
  return fileURLToPath(new URL(`../runtimes/${name}`, import.meta.url));
}

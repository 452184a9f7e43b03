import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Bytes that outlive the process. Fits the server package's `ConfigStorage`. */
export interface FileStorage {
  /** `undefined` when nothing was ever saved. */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
}

/**
 * Keeps bytes in a file, readable by its owner only. `save()` is atomic: after a crash or a power cut the file holds either
 * the old bytes or the new ones, whole. Saves run one after another.
 *
 * @throws the error of node:fs, for example with code `ENOSPC`; the old file is then untouched.
 * @example
 * const storage = fileStorage("/var/lib/device/running.xml");
 * await storage.save(new TextEncoder().encode("<config/>"));
 */
export function fileStorage(path: string): FileStorage {
  let last: Promise<void> = Promise.resolve();
  return {
    load: async () => {
      try {
        return await readFile(path);
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    save: (bytes) => {
      const saving = last.then(() => replaceFile(path, bytes));
      last = saving.catch(() => {});
      return saving;
    },
  };
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.${process.pid}.new`;
  try {
    await writeDurably(aside, bytes);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The rename itself is durable only when the directory is. Not every system can sync one (Windows cannot). */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch {
    // The file itself is whole either way.
  }
}

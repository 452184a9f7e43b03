import { type FSWatcher, readFileSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Milliseconds of quiet after a change: editors write in several steps. */
const SETTLE = 200;

export interface WatchedFile {
  readonly path: string;
  /** Its content as it is known, from {@link contentOf}: what was written since then counts as a change. */
  readonly content: string | undefined;
  readonly onChange: () => void;
  /** The system does not let us watch. */
  readonly onError: (error: Error) => void;
}

/**
 * Watches for another content of a file. It is the folder that is watched, since editors and `mv` put a new file in the place of the
 * old one. Gives a function that stops it.
 */
export function watchFile({ path, content, onChange, onError }: WatchedFile): () => void {
  const name = basename(path);
  let known = content;
  const look = (): void => {
    const found = contentOf(path);
    // Between two steps of an editor there may be no file.
    if (found === undefined || found === known) return;
    known = found;
    onChange();
  };
  let timer = setTimeout(look, SETTLE);
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(resolve(path)), (_event, file) => {
      if (file !== null && file !== name) return;
      clearTimeout(timer);
      timer = setTimeout(look, SETTLE);
    });
    watcher.on("error", onError);
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)));
  }
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

/** What stands in a file; `undefined` when it cannot be read. */
export function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

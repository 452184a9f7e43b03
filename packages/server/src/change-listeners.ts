import type { ConfigPath } from "./config-path.ts";
import type { RunningChanged } from "./datastores.ts";
import type { SchemaPath } from "./list-keys.ts";

/** Called after running has changed below a path, with the changes there. */
export type ChangeListener = (event: RunningChanged) => void;

/** Tells applications what changed in running, each about its own part. */
export class ChangeListeners {
  readonly #listeners = new Set<{ readonly path: SchemaPath | undefined; readonly listener: ChangeListener }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** The result takes the listener away again. */
  add(path: SchemaPath | undefined, listener: ChangeListener): () => void {
    const entry = { path, listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  publish(event: RunningChanged): void {
    for (const { path, listener } of [...this.#listeners]) {
      const changes = path === undefined ? event.changes : event.changes.filter((change) => touches(change.path, path));
      if (changes.length === 0) continue;
      try {
        listener(changes === event.changes ? event : { ...event, changes });
      } catch (error) {
        // The change has been made; a listener that fails must not keep the others from hearing of it.
        this.#onError(error);
      }
    }
  }
}

/** Below the path, at it, or above it: a deleted ancestor takes everything below along. */
function touches(changed: ConfigPath, wanted: SchemaPath): boolean {
  const length = Math.min(changed.length, wanted.path.length);
  for (let i = 0; i < length; i++) {
    const segment = changed[i];
    const step = wanted.path[i];
    if (segment === undefined || step === undefined) return false;
    const [name, namespace] = typeof step === "string" ? [step, wanted.namespace] : [step.name, step.namespace];
    if (segment.name !== name || segment.namespace !== namespace) return false;
  }
  return true;
}

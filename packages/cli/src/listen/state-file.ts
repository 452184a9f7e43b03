import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type FileStorage, fileStorage } from "@netconf-kit/node-adapter";
import { formatListenState, type ListenState, parseListenState } from "netconf-kit";
import { UsageError } from "../exit-codes.ts";

/** What a listener has learned, in a file of its state folder. */
export class StateFile {
  readonly folder: string;
  readonly #path: string;
  readonly #storage: FileStorage;

  private constructor(folder: string) {
    this.folder = folder;
    this.#path = join(folder, "listen.json");
    this.#storage = fileStorage(this.#path);
  }

  /** Makes the folder, for its owner only, where there is none. @throws UsageError */
  static async open(folder: string): Promise<StateFile> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new UsageError(`cannot use the state folder: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
    return new StateFile(folder);
  }

  /** @throws UsageError for a file that is damaged: without it, devices that were approved would be strangers again */
  async load(): Promise<ListenState | undefined> {
    try {
      const bytes = await this.#storage.load();
      return bytes && parseListenState(new TextDecoder().decode(bytes), Date.now());
    } catch (cause) {
      throw new UsageError(
        `cannot use the state in "${this.#path}": ${cause instanceof Error ? cause.message : String(cause)}`,
        { hint: "bring an older copy back, or remove it and approve the devices again", cause },
      );
    }
  }

  /** Whole or not at all. */
  save(state: ListenState): Promise<void> {
    return this.#storage.save(new TextEncoder().encode(formatListenState(inWholeMilliseconds(state), Date.now())));
  }
}

/** The clock of a manager has fractions, the file has none. */
function inWholeMilliseconds({ learned, pending, refused, failedUsers }: ListenState): ListenState {
  const whole = <T extends { readonly expiresIn: number }>(entry: T): T => ({
    ...entry,
    expiresIn: Math.round(entry.expiresIn),
  });
  return {
    learned,
    pending: pending.map((device) => ({
      ...device,
      firstCall: Math.round(device.firstCall),
      lastCall: Math.round(device.lastCall),
    })),
    refused: refused.map(whole),
    failedUsers: failedUsers.map(whole),
  };
}

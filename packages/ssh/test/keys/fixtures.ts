import { readFileSync } from "node:fs";
import { join } from "node:path";
import { corpus } from "../../../../test/support/corpus.ts";

export interface KeyFixture {
  /** Path inside the corpus. */
  readonly file: string;
  readonly text: string;
  readonly expect: {
    readonly container?: string;
    readonly format?: string;
    readonly encrypted?: boolean;
    readonly ssh_keygen_ok?: boolean;
    readonly key_type?: string;
    readonly cipher?: string;
    readonly passphrase?: string;
    readonly spki_pem?: string;
    readonly public_key?: string;
    readonly fingerprint?: string;
    readonly cert_type?: string;
    readonly serial?: string;
    readonly key_id?: string;
    readonly principals?: readonly string[];
    readonly signing_ca?: string;
    readonly entries?: number;
    readonly hashed?: number;
    readonly markers?: number;
  };
}

/** The fixtures of one kind, with what other programs say about them; none when the corpus is absent. */
export function fixtures(
  kind: "ssh-private-key" | "ssh-public-key" | "ssh-certificate" | "known-hosts" | "authorized-keys",
): KeyFixture[] {
  const root = corpus();
  if (root === undefined) return [];
  return readFileSync(join(root, "MANIFEST.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes(`"kind": "${kind}"`) && line.includes('"file": "ssh/'))
    .map((line) => JSON.parse(line))
    .map(({ file, expect }) => ({ file, expect: expect ?? {}, text: readFileSync(join(root, file), "latin1") }));
}

/** The code of the `SshError` that was thrown; other errors go on. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && error.name === "SshError" && "code" in error) return String(error.code);
    throw error;
  }
  return "nothing was thrown";
}

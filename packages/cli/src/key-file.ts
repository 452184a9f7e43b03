import { existsSync } from "node:fs";
import {
  isSshError,
  type PrivateKey,
  parsePrivateKey,
  parsePrivateKeyAsync,
  parsePublicKey,
  type Signer,
} from "netconf-kit";
import { ask, canAsk } from "./ask.ts";
import { cryptoProvider } from "./crypto.ts";
import { UsageError } from "./exit-codes.ts";
import { readText } from "./secrets.ts";
import type { Terminal } from "./terminal.ts";

const PASSPHRASE_TRIES = 3;

export interface KeyFileOptions {
  /** Keys of the agent: one that is in there needs no file, and no passphrase. */
  readonly held: readonly Signer[];
  /** Whether a file that cannot be used is an error. Otherwise it is left out, with a word. */
  readonly required: boolean;
}

/** A key that a file holds, or that it only names while the agent holds it. */
export async function openKeyFile(
  path: string,
  { held, required }: KeyFileOptions,
  terminal: Terminal,
): Promise<Signer | undefined> {
  try {
    const known = publicKeyOf(path);
    const inAgent = known && held.find((key) => Buffer.compare(key.publicBlob, known.publicBlob) === 0);
    return inAgent ?? (await readSigner(path, known, terminal));
  } catch (error) {
    if (required || !(error instanceof UsageError)) throw error;
    terminal.err(`${path} is left out: ${error.message}`);
    return undefined;
  }
}

/** Reads a private key file that has no passphrase. */
export function readKey(path: string): PrivateKey {
  const text = readText(path, "the private key");
  try {
    return parsePrivateKey(text, { provider: cryptoProvider });
  } catch (error) {
    throw unusable(path, error);
  }
}

type KnownPublicKey = Pick<Signer, "publicBlob" | "algorithms">;

/** The public half, where it lies beside the key or in its place. */
function publicKeyOf(path: string): KnownPublicKey | undefined {
  const file = path.endsWith(".pub") ? path : `${path}.pub`;
  if (!existsSync(file)) return undefined;
  try {
    const { type, publicBlob } = parsePublicKey(readText(file, "the public key"));
    return { publicBlob, algorithms: type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type] };
  } catch (error) {
    if (isSshError(error)) return undefined; // what cannot be read is of no help
    throw error;
  }
}

async function readSigner(path: string, known: KnownPublicKey | undefined, terminal: Terminal): Promise<Signer> {
  const text = readText(path, "the private key");
  try {
    return parsePrivateKey(text, { provider: cryptoProvider });
  } catch (error) {
    if (!isSshError(error) || error.code !== "key-encrypted") throw unusable(path, error);
  }
  if (!canAsk()) {
    throw new UsageError(`the private key "${path}" is encrypted, and there is no terminal to ask for its passphrase`, {
      hint: "add the key to an SSH agent and use --agent",
    });
  }
  // With the public half the question can wait until the device wants this key.
  return known === undefined ? unlock(path, text, terminal) : lockedSigner(known, () => unlock(path, text, terminal));
}

/** A key that is unlocked when it has to sign for the first time. */
function lockedSigner({ publicBlob, algorithms }: KnownPublicKey, open: () => Promise<Signer>): Signer {
  let opened: Promise<Signer> | undefined;
  return {
    publicBlob,
    algorithms,
    sign: async (data, algorithm) => {
      opened ??= open();
      return (await opened).sign(data, algorithm);
    },
  };
}

async function unlock(path: string, text: string, terminal: Terminal): Promise<PrivateKey> {
  for (let tries = 0; tries < PASSPHRASE_TRIES; tries++) {
    const hint = "add the key to an SSH agent and use --agent";
    const passphrase = await ask(`Passphrase of ${path}: `, { echo: false, hint });
    if (passphrase === "") break;
    try {
      return await parsePrivateKeyAsync(text, { passphrase, provider: cryptoProvider });
    } catch (error) {
      if (!isSshError(error) || error.code !== "key-passphrase-wrong") throw unusable(path, error);
      terminal.err(`this is not the passphrase of ${path}`);
    }
  }
  throw new UsageError(`the private key "${path}" was not unlocked`);
}

function unusable(path: string, error: unknown): unknown {
  if (!isSshError(error)) return error;
  const hint =
    error.code === "key-encrypted" ? "use a key without a passphrase here" : "give a private key of OpenSSH or in PEM";
  return new UsageError(`cannot use the private key "${path}": ${error.message}`, { hint, cause: error });
}

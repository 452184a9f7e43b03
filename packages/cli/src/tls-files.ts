import { createPrivateKey, X509Certificate } from "node:crypto";
import { ask, canAsk } from "./ask.ts";
import { UsageError } from "./exit-codes.ts";
import { readText } from "./secrets.ts";
import type { Terminal } from "./terminal.ts";

/** Our end of TLS: what proves who we are. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
}

const PASSPHRASE_TRIES = 3;

/** Reads certificate and key; asks for the passphrase of an encrypted one. */
export async function readOwnCertificate(
  { cert, key }: { readonly cert?: string; readonly key?: string },
  terminal: Terminal,
): Promise<OwnCertificate> {
  if (cert === undefined || key === undefined) {
    throw new UsageError("TLS needs a certificate of our own: RFC 7589 has both ends prove who they are", {
      hint: "name it with --cert and its private key with --key",
    });
  }
  const own = { cert: readText(cert, "the certificate"), key: readText(key, "the private key") };
  if (!isEncrypted(own.key)) return own;
  return { ...own, passphrase: await askPassphrase(key, own.key, terminal) };
}

/** The texts of all files with authorities. */
export function readAuthorities(files: readonly string[]): readonly string[] {
  return files.map((file) => readText(file, "the authorities"));
}

/** The fingerprint of every certificate in PEM texts, as `SHA256:` and pairs of hex digits. */
export function fingerprintsIn(texts: readonly string[]): readonly string[] {
  const blocks = texts.flatMap(
    (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [],
  );
  try {
    return [...new Set(blocks.map((block) => `SHA256:${new X509Certificate(block).fingerprint256}`))];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot use the authorities: ${reason}`, { cause });
  }
}

function isEncrypted(key: string): boolean {
  return /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key);
}

async function askPassphrase(path: string, key: string, terminal: Terminal): Promise<string> {
  if (!canAsk()) {
    throw new UsageError(`the private key "${path}" is encrypted, and there is no terminal to ask for its passphrase`, {
      hint: "give a key without a passphrase, readable for its owner only",
    });
  }
  for (let tries = 0; tries < PASSPHRASE_TRIES; tries++) {
    const passphrase = await ask(`Passphrase of ${path}: `, { echo: false, hint: "give a key without a passphrase" });
    if (passphrase === "") break;
    if (opens(key, passphrase)) return passphrase;
    terminal.err(`this is not the passphrase of ${path}`);
  }
  throw new UsageError(`the private key "${path}" was not unlocked`);
}

function opens(key: string, passphrase: string): boolean {
  try {
    createPrivateKey({ key, passphrase });
    return true;
  } catch {
    return false;
  }
}

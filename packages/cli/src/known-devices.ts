import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileStorage } from "@netconf-kit/node-adapter";
import {
  fingerprintSha256,
  formatKnownHostsLine,
  type KnownDevice,
  type KnownHosts,
  normalFingerprint,
  parseKnownHosts,
  type SshCredentials,
  trustFingerprints,
  trustKnownHosts,
  type VerifyHostKey,
} from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";

type IdentityOptions = Pick<SessionOptions, "hostKey" | "knownHosts" | "acceptNew">;

/** Who a device that we dial has to be: `--host-key` when given, else what known_hosts says of the target. */
export async function verifierFor(
  target: Target,
  options: IdentityOptions,
  terminal: Terminal,
): Promise<VerifyHostKey> {
  if (options.hostKey !== undefined) return trustFingerprints(options.hostKey);
  const path = knownHostsPath(options);
  const known = await loadKnownHosts(path);
  const verify = trustKnownHosts(known, target.host, target.port);
  if (options.acceptNew !== true) return verify;
  return async (offered) => {
    if (known.lookup(target.host, target.port, offered.publicBlob).status !== "unknown") return verify(offered);
    await remember(path, formatKnownHostsLine(target.host, target.port, offered.publicBlob));
    terminal.err(`${target.host} is new: its host key ${offered.fingerprint} is now in ${path}`);
    return { accept: true };
  };
}

/**
 * Who may call home: the keys of `--host-key`, else every key in the file of `--known-hosts`. All of them get the same
 * credentials, since one command line has one user; so the user has to name them (RFC 8071 §3.1 C7), and the usual
 * ~/.ssh/known_hosts, where hosts stand that are no devices, is not enough.
 */
export async function devicesThatMayCall(
  options: IdentityOptions,
  credentials: SshCredentials,
): Promise<readonly KnownDevice<SshCredentials>[]> {
  if (options.acceptNew === true) {
    throw new UsageError("--accept-new does not go with Call Home: whoever calls first would be sent the credentials", {
      hint: "name the device's key with --host-key",
    });
  }
  if (options.hostKey !== undefined) {
    return options.hostKey.map((text) => ({
      name: normalFingerprint(text),
      fingerprints: [normalFingerprint(text)],
      credentials,
    }));
  }
  const path = options.knownHosts;
  if (path === undefined) {
    throw new UsageError("nothing says which devices may call", {
      hint: "name their keys with --host-key SHA256:…, or in a file with --known-hosts",
    });
  }
  const devices = entriesOf(await loadKnownHosts(path), credentials);
  if (devices.length > 0) return devices;
  throw new UsageError(`no device could be identified: there is no usable key in ${path}`, {
    hint: "name the device's key with --host-key",
  });
}

function entriesOf(known: KnownHosts, credentials: SshCredentials): readonly KnownDevice<SshCredentials>[] {
  const revoked = new Set(
    known.entries.filter((entry) => entry.marker === "@revoked").map((entry) => fingerprintSha256(entry.publicBlob)),
  );
  const byKey = new Map<string, KnownDevice<SshCredentials>>();
  const names = new Set<string>();
  for (const entry of known.entries) {
    const fingerprint = fingerprintSha256(entry.publicBlob);
    if (entry.marker !== undefined || revoked.has(fingerprint) || byKey.has(fingerprint)) continue;
    // A host may have several keys; in Call Home each key is a device of its own.
    const name = names.has(entry.hosts) ? `${entry.hosts} ${fingerprint}` : entry.hosts;
    names.add(name);
    byKey.set(fingerprint, { name, fingerprints: [fingerprint], credentials });
  }
  return [...byKey.values()];
}

function knownHostsPath(options: IdentityOptions): string {
  return options.knownHosts ?? join(homedir(), ".ssh", "known_hosts");
}

async function loadKnownHosts(path: string): Promise<KnownHosts> {
  try {
    const bytes = await fileStorage(path).load();
    return parseKnownHosts(bytes === undefined ? "" : new TextDecoder().decode(bytes));
  } catch (error) {
    throw new UsageError(
      `cannot use the known hosts in "${path}": ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function remember(path: string, line: string): Promise<void> {
  const storage = fileStorage(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const before = new TextDecoder().decode((await storage.load()) ?? new Uint8Array());
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  await storage.save(new TextEncoder().encode(`${before}${gap}${line}\n`));
}

import { mkdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileStorage, type SshConfigSettings } from "@netconf-kit/node-adapter";
import {
  type AlgorithmPreferences,
  checkKnownHost,
  fingerprintSha256,
  type KnownDevice,
  KnownHosts,
  knownHostKeyAlgorithms,
  normalFingerprint,
  parseKnownHosts,
  type SshCredentials,
  trustFingerprints,
  trustKnownHosts,
  updateKnownHosts,
  type VerifyHostKey,
} from "netconf-kit";
import { cryptoProvider } from "./crypto.ts";
import { UsageError } from "./exit-codes.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Terminal } from "./terminal.ts";

type IdentityOptions = Pick<SessionOptions, "hostKey" | "knownHosts" | "acceptNew">;

/** Who a host that we dial has to be, and which of its keys it shall show. */
export interface Trust {
  readonly verifyHostKey: VerifyHostKey;
  readonly algorithms: Partial<AlgorithmPreferences>;
}

/** The keys of `--host-key` when given, else what the known_hosts files say of the host. */
export async function verifierFor(
  config: SshConfigSettings,
  options: IdentityOptions,
  terminal: Terminal,
  algorithms: Partial<AlgorithmPreferences> = {},
): Promise<Trust> {
  if (options.hostKey !== undefined) return { verifyHostKey: trustFingerprints(options.hostKey), algorithms };
  const paths = knownHostsPaths(config, options);
  const files = await Promise.all(paths.map(loadKnownHosts));
  const known = new KnownHosts(files.flatMap(({ entries }) => entries));
  // As in OpenSSH an alias stands for itself, without a port.
  const { hostKeyAlias: alias } = config;
  const host = alias ?? config.host;
  const port = alias === undefined ? config.port : ALIAS_PORT;
  const verify = trustKnownHosts(known, host, port, { provider: cryptoProvider });
  const hostKey = algorithms.hostKey ?? knownHostKeyAlgorithms(known, host, port);
  const acceptNew =
    options.acceptNew ?? (config.strictHostKeyChecking === "accept-new" || config.strictHostKeyChecking === "no");
  const [path] = paths;
  if (!acceptNew || path === undefined) return { verifyHostKey: verify, algorithms: { ...algorithms, hostKey } };
  const verifyHostKey: VerifyHostKey = async (offered) => {
    const { publicBlob, fingerprint } = offered;
    const now = Date.now() / 1000;
    const verdict = checkKnownHost(known, { host, port, publicBlob, now, provider: cryptoProvider });
    // Only what is new is accepted: a changed or revoked key, or a certificate that does not count, never.
    if (verdict.trusted || verdict.status !== "unknown" || verdict.certificate !== undefined) return verify(offered);
    await remember(path, host, port, publicBlob);
    terminal.err(`${host} is new: its host key ${fingerprint} is now in ${path}`);
    return { accept: true };
  };
  return { verifyHostKey, algorithms: { ...algorithms, hostKey } };
}

const ALIAS_PORT = 22;

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
  const add = (
    key: string,
    wanted: string,
    identity: Omit<KnownDevice<SshCredentials>, "name" | "credentials">,
  ): void => {
    if (byKey.has(key)) return;
    // A host may have several keys; in Call Home each key is a device of its own.
    const name = names.has(wanted) ? `${wanted} ${key}` : wanted;
    names.add(name);
    byKey.set(key, { name, credentials, ...identity });
  };
  for (const entry of known.entries) {
    const fingerprint = fingerprintSha256(entry.publicBlob);
    if (entry.marker === "@revoked" || revoked.has(fingerprint)) continue;
    if (entry.marker === undefined) add(fingerprint, entry.hosts, { fingerprints: [fingerprint] });
    else
      for (const name of certifiedNames(entry.hosts))
        add(`${fingerprint} ${name}`, name, { certified: { authority: fingerprint, name } });
  }
  return [...byKey.values()];
}

/** The names that an authority may vouch for. A pattern names no device. */
function certifiedNames(hosts: string): readonly string[] {
  const names = hosts.split(",").map((name) => name.replace(/^\[(.*)\]:.*$/, "$1").toLowerCase());
  return names.filter((name) => name !== "" && !/[*?!|]/.test(name));
}

/** The files to look in; a new key goes to the first. */
function knownHostsPaths(config: SshConfigSettings, options: IdentityOptions): readonly string[] {
  if (options.knownHosts !== undefined) return [options.knownHosts];
  return [
    ...(config.userKnownHostsFiles ?? [join(homedir(), ".ssh", "known_hosts")]),
    ...(config.globalKnownHostsFiles ?? ["/etc/ssh/ssh_known_hosts"]),
  ];
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

/** Adds a key to the file as it is now, whole or not at all. A link stays a link. */
async function remember(path: string, host: string, port: number, publicBlob: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const storage = fileStorage(await realpath(path).catch(() => path));
  const before = new TextDecoder().decode((await storage.load()) ?? new Uint8Array());
  await storage.save(new TextEncoder().encode(updateKnownHosts(before, { change: "add", host, port, publicBlob })));
}

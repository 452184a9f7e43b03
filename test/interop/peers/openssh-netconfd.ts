import { userInfo } from "node:os";
import { type NetconfdOptions, startNetconfdProcess } from "./netconfd.ts";
import {
  freePort,
  type KeyPair,
  type KeyType,
  keyPair,
  startProcess,
  tempFolder,
  waitForPort,
  writeConfig,
} from "./process.ts";

export interface OpensshOptions extends NetconfdOptions {
  /** Default one "ed25519". */
  readonly hostKeys?: readonly KeyType[];
  /** The type of the key that may log in. Default "ed25519". */
  readonly userKey?: KeyType;
  /** More lines of sshd_config, such as `KexAlgorithms …` or `RekeyLimit 64K`. They come first, and so they win. */
  readonly sshdConfig?: readonly string[];
}

/** What a client needs to log in to an sshd that a test started. */
export interface SshdAccess {
  readonly user: string;
  /** May log in as `user`. */
  readonly userKey: KeyPair;
  /** The first of the host keys. */
  readonly hostKey: KeyPair;
  readonly hostKeys: readonly KeyPair[];
}

export interface OpensshNetconfd extends SshdAccess {
  readonly host: string;
  readonly port: number;
  /** What sshd (at level DEBUG1) and netconfd said last. */
  readonly log: () => string;
  /** What sshd said so far: for its words, however much came after them. */
  readonly sshdLog: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * A NETCONF server in everyday form: OpenSSH's sshd with yuma123's netconfd as its subsystem `netconf`. Login is by
 * public key as the user who runs the test. `startNetconfdProcess` tells which data can be edited.
 */
export async function startNetconfd(options: OpensshOptions = {}): Promise<OpensshNetconfd> {
  const folder = tempFolder();
  const port = await freePort();
  const netconfd = await startNetconfdProcess(options);
  const { access, configFile } = sshdConfig(folder.path, netconfd.subsystem, port, options);
  // sshd wants its own full path: it runs itself anew for each connection.
  const sshd = startProcess("/usr/sbin/sshd", ["-D", "-e", "-f", configFile]);
  const stop = async () => {
    await sshd.stop();
    await netconfd.stop();
    folder.remove();
  };
  try {
    await waitForPort(port, 20_000);
  } catch (error) {
    await stop();
    throw new Error(`sshd did not start\n${sshd.log()}`, { cause: error });
  }
  const log = () => `${sshd.log()}\n${netconfd.log()}`;
  return { ...access, host: "127.0.0.1", port, log, sshdLog: sshd.errors, stop };
}

/** Makes keys and an sshd_config that touch no account and no system file. */
export function sshdConfig(
  folder: string,
  subsystem: string,
  port: number,
  options: OpensshOptions,
): { readonly access: SshdAccess; readonly configFile: string } {
  const hostKeys = (options.hostKeys ?? ["ed25519"]).map((type) => keyPair(type, folder));
  const userKey = keyPair(options.userKey ?? "ed25519", folder);
  const authorizedKeys = writeConfig(folder, "authorized_keys", [userKey.publicLine]);
  const configFile = writeConfig(folder, "sshd_config", [
    ...(options.sshdConfig ?? []),
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...hostKeys.map((key) => `HostKey ${key.file}`),
    "PidFile none",
    "LogLevel DEBUG1",
    "UsePAM no",
    "UseDNS no",
    // The keys lie in a folder under /tmp, which the strict checks would not have.
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    `AuthorizedKeysFile ${authorizedKeys}`,
    `Subsystem netconf ${subsystem}`,
  ]);
  const [hostKey] = hostKeys;
  if (hostKey === undefined) throw new Error("sshd needs a host key");
  return { access: { user: userInfo().username, userKey, hostKey, hostKeys }, configFile };
}

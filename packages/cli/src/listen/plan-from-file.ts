import { dirname, resolve } from "node:path";
import { tlsClient } from "@netconf-kit/node-adapter";
import {
  isConfigError,
  type ListenConfig,
  listenRules,
  type OutboundSshOptions,
  outboundSshSecrets,
  parseListenConfig,
  type SecretRef,
} from "netconf-kit";
import { cryptoProvider } from "../crypto.ts";
import { UsageError } from "../exit-codes.ts";
import { replyTimeout } from "../host-settings.ts";
import { readPassword, readText } from "../secrets.ts";
import type { SessionOptions } from "../session-options.ts";
import type { Terminal } from "../terminal.ts";
import { readAuthorities, readOwnCertificate } from "../tls-files.ts";
import { CredentialReader, type ListenPlan } from "./plan.ts";

/** The plan of `--config`. Files that it names are looked for from its folder. */
export async function planFromFile(
  path: string,
  options: Pick<SessionOptions, "timeout">,
  terminal: Terminal,
): Promise<ListenPlan> {
  const config = withPathsFrom(dirname(resolve(path)), parse(path));
  const credentials = new CredentialReader(terminal);
  try {
    const rules = await listenRules(config, ({ username, keyFiles, agent, password }) =>
      credentials.read(username, {
        ...(keyFiles !== undefined && { identity: keyFiles }),
        ...(agent !== undefined && { agent }),
        ...sourceOf(password),
      }),
    );
    const tls = await tlsOf(config, options, terminal);
    return { config, rules, tls, outboundSsh: await outboundSshOf(config), close: () => credentials.close() };
  } catch (error) {
    await credentials.close();
    throw error;
  }
}

/** No outbound-ssh device has a secret unless the configuration names one. */
export function outboundSshWith(secrets: ReadonlyMap<string, string>): OutboundSshOptions {
  return outboundSshSecrets((deviceId) => secrets.get(deviceId), cryptoProvider);
}

function parse(path: string): ListenConfig {
  const text = readText(path, "the configuration");
  try {
    return parseListenConfig(text);
  } catch (cause) {
    if (!isConfigError(cause)) throw cause;
    const [first, ...more] = cause.problems.map(
      ({ line, column, path: at, message }) => `${line}:${column}: ${at === "" ? "" : `${at}: `}${message}`,
    );
    throw new UsageError(`${path}:${first}`, {
      cause,
      ...(more.length > 0 && { hint: `and at ${more.join("; ")}` }),
    });
  }
}

function withPathsFrom(folder: string, config: ListenConfig): ListenConfig {
  const from = (file: string): string => resolve(folder, file);
  const secret = (ref: SecretRef): SecretRef => ("file" in ref ? { file: from(ref.file) } : ref);
  type Credentials = NonNullable<ListenConfig["devices"][number]["credentials"]>;
  const credentials = ({ keyFiles, password, ...more }: Credentials): Credentials => ({
    ...more,
    ...(keyFiles !== undefined && { keyFiles: keyFiles.map(from) }),
    ...(password !== undefined && { password: secret(password) }),
  });
  const { tls, users } = config;
  return {
    ...config,
    devices: config.devices.map(({ credentials: own, outboundSshSecret, ...device }) => ({
      ...device,
      ...(own !== undefined && { credentials: credentials(own) }),
      ...(outboundSshSecret !== undefined && { outboundSshSecret: secret(outboundSshSecret) }),
    })),
    ...(users !== undefined && {
      users: users.map((user) => ({ ...user, credentials: credentials(user.credentials) })),
    }),
    ...(tls !== undefined && {
      tls: {
        certificateFile: from(tls.certificateFile),
        keyFile: from(tls.keyFile),
        ...(tls.authorityFiles !== undefined && { authorityFiles: tls.authorityFiles.map(from) }),
      },
    }),
  };
}

async function tlsOf(
  { tls }: ListenConfig,
  options: Pick<SessionOptions, "timeout">,
  terminal: Terminal,
): Promise<ListenPlan["tls"]> {
  if (tls === undefined) return undefined;
  const { certificateFile: cert, keyFile: key, authorityFiles = [] } = tls;
  return tlsClient({
    ...(await readOwnCertificate({ cert, key }, terminal)),
    ...(authorityFiles.length > 0 && { ca: readAuthorities(authorityFiles) }),
    handshakeTimeout: replyTimeout(options),
  });
}

async function outboundSshOf({ devices }: ListenConfig): Promise<OutboundSshOptions> {
  const secrets = new Map<string, string>();
  for (const { name, outboundSshSecret } of devices) {
    const secret = await readPassword(sourceOf(outboundSshSecret), "");
    if (secret !== undefined) secrets.set(name, secret);
  }
  return outboundSshWith(secrets);
}

function sourceOf(ref: SecretRef | undefined): Pick<SessionOptions, "passwordFile" | "passwordEnv"> {
  if (ref === undefined) return {};
  return "file" in ref ? { passwordFile: ref.file } : { passwordEnv: ref.env };
}

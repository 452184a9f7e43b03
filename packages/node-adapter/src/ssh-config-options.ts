import type { AlgorithmPreferences, SshClientOptions } from "@netconf-kit/ssh";
import type { DialTcpOptions } from "./dial-tcp.ts";
import type { SshConfigSettings } from "./ssh-config.ts";
import { selectAlgorithms } from "./ssh-config-algorithms.ts";
import { SshConfigError } from "./ssh-config-error.ts";

/** What a connection takes from ssh_config settings. Who is trusted, and what logs in, is still to be chosen from the files named. */
export interface SshConfigConnection {
  /** For `dialTcp()`. */
  readonly tcp: DialTcpOptions;
  /** For `connect()` and `connectSsh()`. */
  readonly ssh: Pick<SshClientOptions, "username" | "timeouts" | "keepalive" | "algorithms">;
}

/**
 * The settings as options of a connection. `available` are the algorithms there are, such as `compatible`: the lists of the
 * settings choose among them, and lists that are not set choose nothing.
 *
 * @throws SshConfigError `no-algorithm` when a list leaves none
 * @example
 * const { tcp, ssh } = sshConfigConnection(config.settingsFor({ host: "router", defaultPort: 830 }), compatible);
 * const connection = await connect({ ...ssh, dial: dialTcp(tcp), verifyHostKey, authentication });
 */
export function sshConfigConnection(settings: SshConfigSettings, available: AlgorithmPreferences): SshConfigConnection {
  const { host, port, user, connectTimeout, serverAliveInterval = 0, serverAliveCountMax } = settings;
  const limit = connectTimeout === undefined || connectTimeout === 0 ? undefined : connectTimeout * 1000;
  const silent = serverAliveInterval === 0 || serverAliveCountMax === 0;
  return {
    tcp: { host, port, ...(limit !== undefined && { timeout: limit }) },
    ssh: {
      username: user,
      // ConnectTimeout covers TCP, the version exchange and the key exchange.
      ...(limit !== undefined && { timeouts: { versionExchange: limit, keyExchange: limit } }),
      ...(!silent && { keepalive: { interval: serverAliveInterval * 1000, max: serverAliveCountMax } }),
      algorithms: algorithmsOf(settings, available),
    },
  };
}

function algorithmsOf(settings: SshConfigSettings, available: AlgorithmPreferences): Partial<AlgorithmPreferences> {
  return {
    ...(settings.kexAlgorithms !== undefined && {
      keyExchange: selected("KexAlgorithms", settings.kexAlgorithms, available.keyExchange),
    }),
    ...(settings.hostKeyAlgorithms !== undefined && {
      hostKey: selected("HostKeyAlgorithms", settings.hostKeyAlgorithms, available.hostKey),
    }),
    ...(settings.ciphers !== undefined && { cipher: selected("Ciphers", settings.ciphers, available.cipher) }),
    ...(settings.macs !== undefined && { mac: selected("MACs", settings.macs, available.mac) }),
  };
}

function selected<Algorithm extends { readonly name: string }>(
  option: string,
  list: string,
  available: readonly Algorithm[],
): readonly Algorithm[] {
  const algorithms = selectAlgorithms(list, available);
  if (algorithms.length === 0)
    throw new SshConfigError("no-algorithm", `"${option} ${list}" leaves nothing that is there`);
  return algorithms;
}

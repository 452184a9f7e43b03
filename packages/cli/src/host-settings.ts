import {
  readSshConfig,
  type SshConfig,
  type SshConfigConnection,
  type SshConfigSettings,
  sshConfigConnection,
} from "@netconf-kit/node-adapter";
import { type AlgorithmPreferences, certificateAlgorithm, compatible, type SshClientOptions } from "netconf-kit";
import { cryptoProvider } from "./crypto.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Target } from "./target.ts";

/** Seconds, where neither the command line nor ssh_config says otherwise. */
const DEFAULT_TIMEOUT = 30;
const DEFAULT_KEEPALIVE = 30;

/** How to reach one host, from the command line and from ssh_config, in this order. */
export interface HostSettings {
  readonly config: SshConfigSettings;
  /** Milliseconds, for each step of connecting. */
  readonly timeout: number;
  readonly ssh: Pick<SshClientOptions, "timeouts" | "keepalive" | "provider" | "algorithms">;
}

/** The client configuration of OpenSSH, unless it is not wanted. */
export function loadSshConfig({ sshConfig }: Pick<SessionOptions, "sshConfig">): Promise<SshConfig> {
  if (sshConfig === false) return readSshConfig({ file: "none" });
  return readSshConfig(sshConfig === undefined ? {} : { file: sshConfig });
}

/** The settings for a host that is dialled. */
export function hostSettings(
  sshConfig: SshConfig,
  { host, port, user }: Target<number | undefined>,
  options: SessionOptions,
  defaultPort: number,
): HostSettings {
  const config = sshConfig.settingsFor({
    ...{ host, defaultPort },
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
  });
  const { ssh } = sshConfigConnection(config, available);
  const seconds = options.timeout ?? (config.connectTimeout || DEFAULT_TIMEOUT);
  return {
    config,
    timeout: seconds * 1000,
    ssh: { ...sshSettings(options, seconds, ssh), algorithms: ssh.algorithms ?? {} },
  };
}

/** SSH settings that the options name, in the library's words; where they are silent, ssh_config speaks. */
export function sshSettings(
  { timeout, keepalive }: Pick<SessionOptions, "timeout" | "keepalive">,
  fallback: number = DEFAULT_TIMEOUT,
  configured?: SshConfigConnection["ssh"],
): Pick<SshClientOptions, "timeouts" | "keepalive" | "provider"> {
  const limit = (timeout ?? fallback) * 1000;
  const interval = (keepalive ?? DEFAULT_KEEPALIVE) * 1000;
  const ours = interval > 0 ? { keepalive: { interval } } : {};
  const theirs = configured?.keepalive === undefined ? undefined : { keepalive: configured.keepalive };
  return {
    provider: cryptoProvider,
    timeouts: { versionExchange: limit, keyExchange: limit, authentication: limit, channelOpen: limit },
    ...(keepalive === undefined && theirs !== undefined ? theirs : ours),
  };
}

/** Milliseconds until a reply has to be there. */
export function replyTimeout({ timeout = DEFAULT_TIMEOUT }: Pick<SessionOptions, "timeout">): number {
  return timeout * 1000;
}

/** What lists of ssh_config choose from: certificates of hosts count among the host key algorithms there. */
const available: AlgorithmPreferences = {
  ...compatible,
  hostKey: [...compatible.hostKey.map(certificateAlgorithm), ...compatible.hostKey],
};

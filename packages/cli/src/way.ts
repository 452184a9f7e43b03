import { dialTcp, type SshConfig } from "@netconf-kit/node-adapter";
import { type Dial, dialJump } from "netconf-kit";
import { type OpenedCredentials, readCredentials } from "./credentials.ts";
import { UsageError } from "./exit-codes.ts";
import { type HostSettings, hostSettings } from "./host-settings.ts";
import type { KeyCache } from "./identities.ts";
import { verifierFor } from "./known-devices.ts";
import type { SessionOptions } from "./session-options.ts";
import { parseTarget, type Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";

const SSH_PORT = 22;

export interface WayOptions {
  readonly options: SessionOptions;
  readonly sshConfig: SshConfig;
  readonly keys: KeyCache;
  readonly terminal: Terminal;
}

/** A way to a host, and how to let go of what logs in on it. */
export interface Way {
  readonly dial: Dial;
  /** The names of the hosts on it, the nearest first. */
  readonly hops: readonly string[];
  readonly close: () => Promise<void>;
}

/** The way to a device: straight, or through the hosts of --jump or, without that, of ssh_config. */
export async function wayTo({ config, timeout }: HostSettings, way: WayOptions): Promise<Way> {
  const opened: OpenedCredentials[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened) await each.close();
  };
  try {
    let last: Jump | undefined;
    const hops = hopsOf(config, way.options);
    for (const hop of hops) {
      const settings = hostSettings(way.sshConfig, hop, way.options, SSH_PORT);
      last = await jumpTo(settings, last, way, opened);
    }
    const { host, port } = config;
    const dial = last === undefined ? dialTcp({ host, port, timeout }) : last.to(host, port);
    return { dial, hops: hops.map(({ host }) => host), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A host that we log in to, and that connects further from there. */
interface Jump {
  readonly to: (host: string, port: number) => Dial;
}

async function jumpTo(
  { config, timeout, ssh }: HostSettings,
  before: Jump | undefined,
  { options, keys, terminal }: WayOptions,
  opened: OpenedCredentials[],
): Promise<Jump> {
  const { host, port, user: username } = config;
  // The device's password and fingerprint are the device's: jump hosts see neither.
  const { knownHosts, acceptNew, identity, agent } = options;
  const own: SessionOptions = {
    ...(identity !== undefined && { identity }),
    ...(agent !== undefined && { agent }),
    ...(knownHosts !== undefined && { knownHosts }),
    ...(acceptNew !== undefined && { acceptNew }),
  };
  const login = await readCredentials({ options: own, username, config, keys, terminal });
  opened.push(login);
  const trust = await verifierFor(config, own, terminal, ssh.algorithms);
  const via = before === undefined ? dialTcp({ host, port, timeout }) : before.to(host, port);
  return {
    to: (targetHost, targetPort) =>
      dialJump({
        ...login.credentials,
        ...ssh,
        ...trust,
        via,
        name: `${host}:${port}`,
        target: { host: targetHost, port: targetPort },
        onBanner: (banner) => terminal.err(banner.trimEnd()),
      }),
  };
}

function hopsOf(config: HostSettings["config"], { jump }: SessionOptions): readonly Target<number | undefined>[] {
  if (jump === "none") return [];
  if (jump !== undefined) return jump.split(",").map((text) => parseTarget(text.trim(), undefined));
  if (config.proxyCommand !== undefined) {
    throw new UsageError(`ssh_config reaches "${config.originalHost}" with a ProxyCommand, which is not run here`, {
      hint: "use --jump, or --jump none for the direct way",
    });
  }
  return config.proxyJump;
}

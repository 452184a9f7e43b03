import { userInfo } from "node:os";
import { connect, listenCallHome, type SshClientOptions } from "netconf-kit";
import { awaitCall } from "./await-call.ts";
import { readCredentials } from "./credentials.ts";
import { type HostSettings, hostSettings, loadSshConfig, sshSettings } from "./host-settings.ts";
import type { KeyCache } from "./identities.ts";
import { devicesThatMayCall, verifierFor } from "./known-devices.ts";
import type { Opener, SessionSettings } from "./opener.ts";
import { CALL_HOME_SSH_PORT, NETCONF_SSH_PORT } from "./ports.ts";
import type { SessionOptions } from "./session-options.ts";
import { parseTarget } from "./target.ts";
import type { Terminal } from "./terminal.ts";
import { type Way, wayTo } from "./way.ts";

/** Sessions over SSH with a device that is dialled. */
export async function dialSsh(
  target: string,
  options: SessionOptions,
  session: SessionSettings,
  terminal: Terminal,
): Promise<Opener> {
  const { ssh, way, close } = await prepareSsh(target, options, terminal);
  return { open: (signal) => connect({ ...ssh, dial: way.dial, session, signal }), close };
}

/** What it takes to reach a device over SSH and to log in there, read and asked for once. */
export interface PreparedSsh {
  readonly settings: HostSettings;
  readonly ssh: SshClientOptions;
  readonly way: Way;
  readonly close: () => Promise<void>;
}

/** Reads what target and options name. */
export async function prepareSsh(target: string, options: SessionOptions, terminal: Terminal): Promise<PreparedSsh> {
  const named = parseTarget(target, undefined);
  const sshConfig = await loadSshConfig(options);
  const settings = hostSettings(sshConfig, { ...named, user: named.user ?? options.user }, options, NETCONF_SSH_PORT);
  const { config, ssh } = settings;
  const keys: KeyCache = new Map();
  const login = await readCredentials({ options, username: config.user, config, keys, terminal });
  try {
    const trust = await verifierFor(config, options, terminal, ssh.algorithms);
    const way = await wayTo(settings, { options, sshConfig, keys, terminal });
    const close = async (): Promise<void> => {
      await way.close();
      await login.close();
    };
    const onBanner = (banner: string): void => terminal.err(banner.trimEnd());
    return { settings, ssh: { ...login.credentials, ...ssh, ...trust, onBanner }, way, close };
  } catch (error) {
    await login.close();
    throw error;
  }
}

/** A session over SSH with a device that calls. */
export async function awaitSsh(
  address: string,
  options: SessionOptions,
  session: SessionSettings,
  terminal: Terminal,
): Promise<Opener> {
  const username = options.user ?? userInfo().username;
  const { credentials, close } = await readCredentials({ options, username, keys: new Map(), terminal });
  const devices = await devicesThatMayCall(options, credentials).catch(async (error) => {
    await close();
    throw error;
  });
  const ssh = sshSettings(options);
  return {
    open: (signal) =>
      awaitCall({
        address,
        defaultPort: CALL_HOME_SSH_PORT,
        listen: (listeners, onEvent) => listenCallHome({ listeners, devices, ssh, session, maxSessions: 1, onEvent }),
        terminal,
        signal,
      }),
    close,
  };
}

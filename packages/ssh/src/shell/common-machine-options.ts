import { systemClock } from "@netconf-kit/socket";
import { randomBytes } from "@noble/hashes/utils.js";
import type { AlgorithmPreferences } from "../algorithms/preferences.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import { defaultConnectionLimits } from "../connection/limits.ts";
import { defaultSshTimeouts, type SshClientOptions, type SshLimits, type SshServerOptions } from "../options.ts";
import type { SessionMachineOptions } from "../session/session-machine.ts";
import { defaultTransportLimits } from "../transport/limits.ts";

const SOFTWARE_VERSION = "netconfkit_0.1";

/** What the runtime's own source of random bytes gives. */
export const systemRandom: RandomSource = randomBytes;

/** How much a peer may ask for. */
export const defaultSshLimits: SshLimits = {
  ...defaultTransportLimits,
  ...defaultConnectionLimits,
  maxAuthFailures: 6,
  maxAuthRequests: 64,
};

/** What both roles hand to their machine. */
export function commonMachineOptions(
  options: SshClientOptions | SshServerOptions,
  provider: CryptoProvider,
  algorithms: AlgorithmPreferences,
): Omit<SessionMachineOptions, "keepalive"> {
  // Connections with the defaults share them.
  const limits = options.limits === undefined ? defaultSshLimits : { ...defaultSshLimits, ...options.limits };
  return {
    provider,
    random: options.random ?? systemRandom,
    algorithms,
    softwareVersion: options.softwareVersion ?? SOFTWARE_VERSION,
    transportLimits: limits,
    connectionLimits: limits,
    timeouts: options.timeouts === undefined ? defaultSshTimeouts : { ...defaultSshTimeouts, ...options.timeouts },
    rekey: options.rekey ?? {},
    now: (options.clock ?? systemClock).now(),
  };
}

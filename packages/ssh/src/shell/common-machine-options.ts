import { systemClock } from "@netconf-kit/socket";
import { randomBytes } from "@noble/hashes/utils.js";
import type { AlgorithmPreferences } from "../algorithms/preferences.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import { defaultConnectionLimits } from "../connection/limits.ts";
import {
  defaultSshTimeouts,
  type SshClientOptions,
  type SshLimits,
  type SshServerOptions,
  type SshTimeouts,
} from "../options.ts";
import type { SessionMachineOptions } from "../session/session-machine.ts";
import { defaultTransportLimits } from "../transport/limits.ts";
import type { RekeyOptions } from "../transport/rekey.ts";

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

/** Connections with the defaults share them. */
export function timeoutsOf({ timeouts }: SshClientOptions | SshServerOptions): SshTimeouts {
  return timeouts === undefined ? defaultSshTimeouts : { ...defaultSshTimeouts, ...timeouts };
}

const DEFAULT_REKEY: RekeyOptions = {};

/** What both roles hand to their machine: a new object, to which they add their own. (A spread of so many costs kilobytes.) */
export function commonMachineOptions(
  options: SshClientOptions | SshServerOptions,
  provider: CryptoProvider,
  algorithms: AlgorithmPreferences,
): Omit<SessionMachineOptions, "keepalive"> {
  const limits = options.limits === undefined ? defaultSshLimits : { ...defaultSshLimits, ...options.limits };
  return {
    provider,
    random: options.random ?? systemRandom,
    algorithms,
    softwareVersion: options.softwareVersion ?? SOFTWARE_VERSION,
    transportLimits: limits,
    connectionLimits: limits,
    timeouts: timeoutsOf(options),
    rekey: options.rekey ?? DEFAULT_REKEY,
    now: (options.clock ?? systemClock).now(),
  };
}

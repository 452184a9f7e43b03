import { systemClock } from "@netconf-kit/socket";
import { randomBytes } from "@noble/hashes/utils.js";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import { compatible, forProvider, modern } from "../algorithms/presets.ts";
import type { AlgorithmPreferences } from "../algorithms/registry.ts";
import { defaultConnectionLimits } from "../connection/limits.ts";
import { SshError } from "../errors.ts";
import { defaultSshTimeouts, type SshClientOptions, type SshLimits, type SshServerOptions } from "../options.ts";
import type { SshClientMachineOptions } from "../session/client-machine.ts";
import type { SshServerMachineOptions } from "../session/server-machine.ts";
import type { SessionMachineOptions } from "../session/session-machine.ts";
import { defaultTransportLimits } from "../transport/limits.ts";

const SOFTWARE_VERSION = "netconfkit_0.1";
const METHODS = ["publickey", "password", "keyboard-interactive"] as const;

export const defaultSshLimits: SshLimits = {
  ...defaultTransportLimits,
  ...defaultConnectionLimits,
  maxAuthFailures: 6,
  maxAuthRequests: 64,
};

export function clientMachineOptions(options: SshClientOptions): SshClientMachineOptions {
  // A client without a verifier would trust anybody: that must not be a matter of a forgotten line.
  if (typeof options.verifyHostKey !== "function")
    throw new SshError("local-usage", "starting an SSH client: `verifyHostKey` is missing");
  const { authentication, channelOpen } = { ...defaultSshTimeouts, ...options.timeouts };
  const algorithms = { ...forProvider(compatible, options.provider ?? nobleProvider), ...options.algorithms };
  return {
    ...commonOptions(options, { ...algorithms, hostKey: preferred(algorithms, options.hostKeyAlgorithms) }),
    authenticationTimeout: authentication,
    channelOpenTimeout: channelOpen,
  };
}

export function serverMachineOptions(options: SshServerOptions): SshServerMachineOptions {
  if (typeof options.authenticate !== "function")
    throw new SshError("local-usage", "starting an SSH server: `authenticate` is missing");
  const { login } = { ...defaultSshTimeouts, ...options.timeouts };
  const { maxAuthFailures, maxAuthRequests } = { ...defaultSshLimits, ...options.limits };
  const preset = forProvider(modern, options.provider ?? nobleProvider);
  return {
    ...commonOptions(options, { ...preset, ...options.algorithms }),
    hostKeys: options.hostKeys,
    methods: options.authenticationMethods ?? METHODS,
    maxAuthFailures,
    maxAuthRequests,
    loginTimeout: login,
    banner: options.banner,
  };
}

function commonOptions(
  options: SshClientOptions | SshServerOptions,
  algorithms: AlgorithmPreferences,
): SessionMachineOptions {
  const limits = { ...defaultSshLimits, ...options.limits };
  return {
    provider: options.provider ?? nobleProvider,
    random: options.random ?? randomBytes,
    algorithms,
    softwareVersion: options.softwareVersion ?? SOFTWARE_VERSION,
    transportLimits: limits,
    connectionLimits: limits,
    timeouts: { ...defaultSshTimeouts, ...options.timeouts },
    rekey: options.rekey ?? {},
    keepalive: options.keepalive,
    now: (options.clock ?? systemClock).now(),
  };
}

/** The algorithms with these names, in this order. */
function preferred(
  { hostKey }: AlgorithmPreferences,
  names: readonly string[] | undefined,
): AlgorithmPreferences["hostKey"] {
  if (names === undefined) return hostKey;
  const chosen = names.flatMap((name) => hostKey.filter((algorithm) => algorithm.name === name));
  if (chosen.length === 0)
    throw new SshError("local-usage", `starting an SSH client: no known host key algorithm in "${names.join(",")}"`);
  return chosen;
}

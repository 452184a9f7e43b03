import { forProvider } from "../algorithms/for-provider.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import { modern } from "../algorithms/presets.ts";
import { RefusalTiming, type RefusalTimingOptions } from "../auth/refusal-timing.ts";
import { SshError } from "../errors.ts";
import type { SshServerOptions } from "../options.ts";
import type { KeepaliveOptions } from "../session/keepalive.ts";
import type { SshServerMachineOptions } from "../session/server-machine.ts";
import { commonMachineOptions, defaultSshLimits, systemRandom, timeoutsOf } from "./common-machine-options.ts";

const METHODS = ["publickey", "password", "keyboard-interactive"] as const;

/** Milliseconds of silence after which a server asks for a sign of life; three questions without one end the connection. */
const SERVER_KEEPALIVE: KeepaliveOptions = { interval: 60_000 };

export function serverMachineOptions(options: SshServerOptions): SshServerMachineOptions {
  if (typeof options.authenticate !== "function")
    throw new SshError("local-usage", "starting an SSH server: `authenticate` is missing");
  const { login } = timeoutsOf(options);
  const { maxAuthFailures = defaultSshLimits.maxAuthFailures, maxAuthRequests = defaultSshLimits.maxAuthRequests } =
    options.limits ?? defaultSshLimits;
  const provider = options.provider ?? nobleProvider;
  const algorithms = { ...forProvider(modern, provider), ...options.algorithms };
  return Object.assign(commonMachineOptions(options, provider, algorithms), {
    keepalive: options.keepalive === false ? undefined : (options.keepalive ?? SERVER_KEEPALIVE),
    allowsDirectTcpip: options.openDirectTcpip !== undefined,
    hostKeys: options.hostKeys,
    methods: options.authenticationMethods ?? METHODS,
    maxAuthFailures,
    maxAuthRequests,
    loginTimeout: login,
    banner: options.banner,
  });
}

/**
 * Makes what several connections of one server may share, so that refusing a user name takes as long in each of them.
 *
 * @example
 * const refusalTiming = createRefusalTiming({ minimum: 200 }); // `authenticate` takes up to 150 ms
 * for await (const socket of listener) void acceptSsh(socket, { ...options, refusalTiming });
 */
export function createRefusalTiming(
  options: RefusalTimingOptions = {},
  { random = systemRandom, provider = nobleProvider }: Pick<SshServerOptions, "random" | "provider"> = {},
): RefusalTiming {
  return new RefusalTiming(provider, random(32), options);
}

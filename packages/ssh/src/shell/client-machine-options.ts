import { forProvider } from "../algorithms/for-provider.ts";
import type { AlgorithmPreferences } from "../algorithms/preferences.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";
import { SshError } from "../errors.ts";
import type { SshClientOptions } from "../options.ts";
import type { SshClientMachineOptions } from "../session/client-machine.ts";
import { commonMachineOptions, timeoutsOf } from "./common-machine-options.ts";

/** What an entry point brings where the options name nothing: a bundle holds only what its own entry point names. */
export interface ClientDefaults {
  readonly provider: CryptoProvider;
  readonly preset: AlgorithmPreferences;
}

export function clientMachineOptions(options: SshClientOptions, defaults: ClientDefaults): SshClientMachineOptions {
  // A client without a verifier would trust anybody: that must not be a matter of a forgotten line.
  if (typeof options.verifyHostKey !== "function")
    throw new SshError("local-usage", "starting an SSH client: `verifyHostKey` is missing");
  const { authentication, channelOpen } = timeoutsOf(options);
  const provider = options.provider ?? defaults.provider;
  const algorithms = { ...forProvider(defaults.preset, provider), ...options.algorithms };
  const hostKey = preferred(algorithms, options.hostKeyAlgorithms);
  const offer = hostKey === algorithms.hostKey ? algorithms : { ...algorithms, hostKey };
  return Object.assign(commonMachineOptions(options, provider, offer), {
    keepalive: options.keepalive || undefined,
    hostKeyUpdate: options.onHostKeys && algorithms.hostKey,
    authenticationTimeout: authentication,
    channelOpenTimeout: channelOpen,
  });
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

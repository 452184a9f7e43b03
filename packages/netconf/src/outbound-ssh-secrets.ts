import type { OutboundSshOptions } from "@netconf-kit/call-home";
import { type CryptoProvider, nobleProvider } from "@netconf-kit/ssh";

/**
 * The secrets that Junos devices share with us, for the `outboundSsh` of a listener's dialect. No two devices may have the same: who
 * knows one may claim any DEVICE-ID that has it.
 *
 * @param secretOf by DEVICE-ID; undefined for a device without one, whose preamble then proves nothing
 * @example
 * const secrets = new Map([["mx-7", "s3cret"]]);
 * outboundSshSecrets((device) => secrets.get(device));
 */
export function outboundSshSecrets(
  secretOf: OutboundSshOptions["secretOf"],
  provider: CryptoProvider = nobleProvider,
): OutboundSshOptions {
  return {
    secretOf,
    hmacSha1: (secret, data) => {
      const key = provider.hmacKey("sha1", secret);
      try {
        return key.compute(data);
      } finally {
        key.destroy();
      }
    },
  };
}

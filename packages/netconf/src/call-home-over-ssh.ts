import type { DeviceSecureOptions, DeviceTransport, Identified } from "@netconf-kit/call-home";
import { NetconfError, type SecureChannel } from "@netconf-kit/core";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  type AuthenticationMethod,
  certificateAlgorithm,
  compatible,
  type HostKeyAlgorithm,
  isSshError,
  type SshClientOptions,
} from "@netconf-kit/ssh";
import { inTurns } from "./handshake-turns.ts";
import { evidenceOf } from "./host-certificate.ts";
import { openSshChannel } from "./ssh-channel.ts";
import { secondsNow } from "./wall-clock.ts";

/** What logs in to a device once its host key has said which one it is. */
export interface SshCredentials {
  readonly username: string;
  readonly authentication: readonly AuthenticationMethod[];
}

/** How callers are talked to over SSH. */
export interface CallHomeOverSshOptions {
  /** SSH settings for every device: algorithms, time limits, keepalive. */
  readonly ssh?: Omit<SshClientOptions, "username" | "verifyHostKey" | "authentication" | "signal">;
  /** Seconds since 1970, for the validity of certificates. Default: the time of day. */
  readonly now?: () => number;
}

/**
 * Call Home over SSH (RFC 8071 §3.1 C3) for one listener: SSH runs as *client* on each accepted socket. The host key, or a certificate
 * about it, says which device it is; only then do the credentials of that device log in.
 *
 * @example
 * manager.addListener({ listener: await listenTcp({ host: "::", port: 4334 }), transport: callHomeOverSsh() });
 */
export function callHomeOverSsh(options: CallHomeOverSshOptions = {}): DeviceTransport<SshCredentials> {
  return {
    name: "ssh",
    needsCredentials: true,
    // RFC 4252 §5.1, and §4: a device may hang up after too many attempts.
    refusedLogin: (error) =>
      isSshError(error) &&
      (error.code === "authentication-failed" || error.code === "too-many-authentication-attempts"),
    secure: inTurns((socket, secureOptions: DeviceSecureOptions<SshCredentials>) =>
      openIdentified(socket, secureOptions, options),
    ),
  };
}

async function openIdentified(
  socket: DuplexSocket,
  { signal, certifies, identify, onKeys }: DeviceSecureOptions<SshCredentials>,
  { ssh, now = secondsNow }: CallHomeOverSshOptions,
): Promise<SecureChannel> {
  let identified: Identified<SshCredentials> | undefined;
  const credentials = (): SshCredentials => {
    // The SSH client asks for credentials only after verifyHostKey has accepted.
    if (identified?.credentials !== undefined) return identified.credentials;
    throw new NetconfError("invalid-argument", "credentials were asked for before the host key was verified");
  };
  const channel = await openSshChannel(socket, {
    ...ssh,
    algorithms: { ...ssh?.algorithms, hostKey: hostKeyAlgorithms(ssh?.algorithms?.hostKey, certifies) },
    signal,
    verifyHostKey: async (offered) => {
      // RFC 8071 §3.1 C5: who is not welcome ends here, before any credential is chosen.
      identified = await identify(evidenceOf(offered, now, ssh?.provider));
      return { accept: true, identity: identified.device };
    },
    ...(onKeys !== undefined && {
      onHostKeys: (keys) => onKeys(keys.map(({ fingerprint }) => fingerprint)),
    }),
    username: () => credentials().username,
    authentication: () => credentials().authentication,
  });
  return identified === undefined ? channel : { ...channel, peer: identified.peer };
}

/** Certificates are asked for first where a device is to be known by one, and not at all otherwise. */
function hostKeyAlgorithms(
  plain: readonly HostKeyAlgorithm[] = compatible.hostKey,
  certifies: boolean,
): readonly HostKeyAlgorithm[] {
  return certifies ? [...plain.map(certificateAlgorithm), ...plain] : plain;
}

import type { PeerEvidence } from "./identify-evidence.ts";
import type { NamedSessions } from "./named-sessions.ts";
import { checkProvedHostKey, type OutboundSshPreamble, provesHostKey } from "./outbound-ssh.ts";

/** A call, as far as it is known before anybody has said who it is. */
export interface DeviceCall {
  readonly evidence: PeerEvidence;
  /** For a hint at what to look up. It proves nothing. */
  readonly remote: string;
  readonly transport: "ssh" | "tls";
  /** What a Junos device said before SSH. */
  readonly preamble: OutboundSshPreamble | undefined;
  readonly devices: NamedSessions<unknown>;
}

/**
 * Somebody else who knows devices by their keys: SSHFP records, a known_hosts file, a data base. Asked about keys that are in no
 * entry, before any credential leaves.
 */
export interface DeviceLookup {
  /** For events. */
  readonly name: string;
  /** Whether it knows devices by certificates, so that they have to be asked for one. Default false. */
  readonly certifies?: boolean;
  /**
   * The name of the entry whose device has proved to hold this key; `undefined` when that is not known. What it throws refuses the
   * call with `lookup-failed`.
   */
  readonly find: (call: DeviceCall) => string | undefined | Promise<string | undefined>;
}

/** A Junos device that has proved its host key with the secret it shares with us is the one whose DEVICE-ID it said. */
export const outboundSshLookup: DeviceLookup = {
  name: "outbound-ssh",
  find: ({ preamble, evidence: { publicBlob } }) => {
    if (preamble === undefined || publicBlob === undefined) return undefined;
    checkProvedHostKey(preamble, publicBlob);
    return provesHostKey(preamble, publicBlob) ? preamble.deviceId : undefined;
  },
};

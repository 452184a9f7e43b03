import type { KnownDevice, PeerIdentity } from "@netconf-kit/core";

/** What a peer has shown of itself, before anybody has said whether it is welcome. */
export interface PeerEvidence {
  /** The key, or the X.509 certificate, that the peer has proved to hold. */
  readonly identity: PeerIdentity;
  /** A certificate of SSH about that key. It only counts for an entry by which it finds no fault. */
  readonly certificate?: {
    readonly identity: PeerIdentity;
    readonly fault: (expected: NonNullable<KnownDevice<unknown>["certified"]>) => string | undefined;
  };
  /** SSH: the key or certificate as it was shown, in wire form (RFC 4253 §6.6), for SSHFP and known_hosts. */
  readonly publicBlob?: Uint8Array;
}

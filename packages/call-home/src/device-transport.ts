import type { AcceptSecureOptions, SecureChannel } from "@netconf-kit/core";
import type { DuplexSocket } from "@netconf-kit/socket";
import type { Identified } from "./identify.ts";
import type { PeerEvidence } from "./identify-evidence.ts";

/** How the connections of a listener are secured: SSH or TLS, told whom to ask who calls. */
export interface DeviceTransport<Credentials> {
  readonly name: "ssh" | "tls";
  /** Whether it logs in. TLS does not: our own certificate is the same for every device. */
  readonly needsCredentials: boolean;
  /**
   * Secures a connection in the client role (RFC 8071 §3.1 C3). Has to call `identify` once, with what the peer has proved to hold,
   * before any credential leaves; its answer has the credentials. What it throws ends the connection.
   */
  readonly secure: (socket: DuplexSocket, options: DeviceSecureOptions<Credentials>) => Promise<SecureChannel>;
  /** Whether this error of `secure` says that the device refused the login, and nothing else was wrong. */
  readonly refusedLogin: (error: Error) => boolean;
}

/** What securing an accepted connection is told about the devices. */
export interface DeviceSecureOptions<Credentials> extends Omit<AcceptSecureOptions, "verifyPeer"> {
  /** Whether some device is to be known by a certificate, so that one has to be asked for. */
  readonly certifies: boolean;
  /**
   * Wants to know the fingerprints of all keys that the device has, once it has proved to hold each, where the protocol can tell.
   * Absent when nobody asks.
   */
  readonly onKeys?: (fingerprints: readonly string[]) => void;
  /** @throws IdentityError for a peer that is not welcome */
  readonly identify: (evidence: PeerEvidence) => Promise<Identified<Credentials>>;
}

import type { SshChannel, SshClientConnection } from "@netconf-kit/ssh";
import { type KeyPair, type KeyType, keyPair } from "./process.ts";
import type { SshPeer } from "./ssh-peers.ts";

/** A peer that is an SSH server and sends back what it gets. */
export interface EchoServer {
  readonly port: number;
  readonly user: string;
  /** `SHA256:…` of the key that it shows with this algorithm. */
  readonly fingerprint: (hostKeyAlgorithm: string) => string;
  /** Opens the channel that echoes. */
  readonly open: (connection: SshClientConnection) => Promise<SshChannel>;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** A peer that is an SSH client, opens the subsystem `echo` and sends back what it gets, up to the end. */
export interface EchoClient {
  /** Dials 127.0.0.1 and accepts this host key only; `ended` resolves when the session is over in good order. */
  readonly dial: (port: number, hostKey: HostKeyOfOurs) => Promise<EchoCall>;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export interface EchoCall {
  readonly ended: Promise<void>;
}

export interface HostKeyOfOurs {
  /** `type base64`. */
  readonly line: string;
  readonly fingerprint: string;
}

/** What a peer starts with. */
export interface EchoSettings {
  readonly peer: SshPeer;
  readonly keys: EchoKeys;
}

export interface EchoKeys {
  /** For files of the peers; gone at the end. */
  readonly folder: string;
  /** May log in, here and there. */
  readonly userKey: KeyPair;
  /** One of each kind that a host key algorithm may want. */
  readonly hostKeys: readonly KeyPair[];
}

const hostKeyTypes: readonly KeyType[] = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048"];

export function makeEchoKeys(folder: string): EchoKeys {
  return {
    folder,
    userKey: keyPair("ed25519", folder),
    // paramiko 2.12 fails to read every other ECDSA key in OpenSSH's own form.
    hostKeys: hostKeyTypes.map((type) => keyPair(type, folder, { pem: type.startsWith("ecdsa") })),
  };
}

/** The key that a host key algorithm signs with. */
export function hostKeyFor(keys: readonly KeyPair[], algorithm: string): KeyPair {
  const type = algorithm.startsWith("rsa-sha2") ? "ssh-rsa" : algorithm;
  const key = keys.find(({ publicLine }) => publicLine.startsWith(`${type} `));
  if (key === undefined) throw new Error(`there is no host key for ${algorithm}`);
  return key;
}

/** What a conversation sends and gets back: bytes in each direction. */
export const PAYLOAD_BYTES = 128 * 1024;

/** For one conversation, and for a peer to end after it. */
export const END_MILLISECONDS = 90_000;

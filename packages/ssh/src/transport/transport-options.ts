import type { JobSink } from "../algorithms/packet-cipher.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import type { AlgorithmPreferences } from "../algorithms/registry.ts";
import type { Signer } from "../keys/signer.ts";
import type { OfferedHostKey } from "./host-key.ts";
import type { HostSignatureRequest } from "./key-exchange.ts";
import type { Role } from "./legal-messages.ts";
import type { TransportLimits, TransportTimeouts } from "./limits.ts";
import type { RekeyOptions } from "./rekey.ts";

export interface TransportOptions {
  readonly role: Role;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly offer: AlgorithmPreferences;
  readonly hostKeys: readonly Signer[];
  /** What the server's SSH_MSG_EXT_INFO names (RFC 8308 §3.1). */
  readonly userSignatureAlgorithms: readonly { readonly name: string }[];
  readonly softwareVersion: string;
  readonly limits: TransportLimits;
  readonly timeouts: TransportTimeouts;
  readonly rekey: RekeyOptions;
  readonly now: number;
  readonly user: TransportUser;
}

/** The layer above: authentication and connection. `finishJob()` brings the result of each job that it gets. */
export interface TransportUser extends JobSink {
  /** The first key exchange is over and both directions are protected. */
  secured(): void;
  /** A message that is legal now and concerns the layer above. `payload` stays valid. */
  receiveMessage(number: number, payload: Uint8Array): void;
  /** Traffic that was refused by `mayTransfer` may flow again. */
  resumed(): void;
  rekeyed(): void;
  hostKeyOffered(key: OfferedHostKey): void;
  hostSignatureNeeded(request: HostSignatureRequest): void;
  debug(text: string): void;
  /** The peer does not know a message of ours (RFC 4253 §11.4). */
  unimplemented(): void;
  /** The peer has said goodbye properly. */
  disconnected(description: string): void;
}

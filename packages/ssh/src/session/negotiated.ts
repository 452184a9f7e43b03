import type { AgreedAlgorithms, DirectionAlgorithms } from "../transport/negotiate.ts";

/** The algorithms of one direction, by name. */
export interface NegotiatedDirection {
  readonly cipher: string;
  /** `implicit` for a cipher that authenticates by itself. */
  readonly mac: string;
}

/** What both sides have agreed on, for display. */
export interface NegotiatedAlgorithms {
  readonly kex: string;
  readonly hostKey: string;
  readonly clientToServer: NegotiatedDirection;
  readonly serverToClient: NegotiatedDirection;
  /** Whether the first key exchange was protected against injected packets (CVE-2023-48795). */
  readonly strictKex: boolean;
  /** Names of those that only `legacyAlgorithms()` gives away: usually none. */
  readonly legacy: readonly string[];
  /** Identifications as exchanged, `SSH-2.0-…`. */
  readonly clientVersion: string;
  readonly serverVersion: string;
}

export function describeNegotiated(
  agreed: AgreedAlgorithms,
  strictKex: boolean,
  clientVersion: string,
  serverVersion: string,
): NegotiatedAlgorithms {
  return {
    kex: agreed.kex.name,
    hostKey: agreed.hostKey.name,
    clientToServer: describeDirection(agreed.clientToServer),
    serverToClient: describeDirection(agreed.serverToClient),
    strictKex,
    legacy: legacyNames(agreed),
    clientVersion,
    serverVersion,
  };
}

function describeDirection({ cipher, mac }: DirectionAlgorithms): NegotiatedDirection {
  return { cipher: cipher.name, mac: mac?.name ?? "implicit" };
}

function legacyNames({ kex, hostKey, clientToServer, serverToClient }: AgreedAlgorithms): readonly string[] {
  const used = [kex, hostKey, clientToServer.cipher, clientToServer.mac, serverToClient.cipher, serverToClient.mac];
  return [...new Set(used.flatMap((algorithm) => (algorithm?.legacy === true ? algorithm.name : [])))];
}

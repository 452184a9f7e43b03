import type { KexAlgorithm } from "../algorithms/kex/kex-algorithm.ts";
import type { CipherAlgorithm, MacAlgorithm } from "../algorithms/packet-cipher.ts";
import type { AlgorithmPreferences } from "../algorithms/registry.ts";
import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import { SshError } from "../errors.ts";
import type { KexInit } from "../messages/kex.ts";
import { extInfoIndicators } from "./ext-info.ts";
import type { Role } from "./legal-messages.ts";
import { strictKexIndicators } from "./strict-kex.ts";

/** One direction of the traffic. An authenticated cipher has no MAC. */
export interface DirectionAlgorithms {
  readonly cipher: CipherAlgorithm;
  readonly mac: MacAlgorithm | undefined;
}

export interface AgreedAlgorithms {
  readonly kex: KexAlgorithm;
  readonly hostKey: HostKeyAlgorithm;
  readonly clientToServer: DirectionAlgorithms;
  readonly serverToClient: DirectionAlgorithms;
}

/** Our SSH_MSG_KEXINIT. The indicators of strict-kex and ext-info stand in the first one only. */
export function makeKexInit(role: Role, offer: AlgorithmPreferences, cookie: Uint8Array, first: boolean): KexInit {
  const ciphers = offer.cipher.map(({ name }) => name);
  const macs = offer.mac.map(({ name }) => name);
  return {
    type: "kexInit",
    cookie,
    kexAlgorithms: [
      // A server has no groups of its own to give away (RFC 4419 §3).
      ...offer.keyExchange.filter(({ kind }) => role === "client" || kind !== "group-exchange").map(({ name }) => name),
      ...(first ? [extInfoIndicators[role], strictKexIndicators[role]] : []),
    ],
    serverHostKeyAlgorithms: offer.hostKey.map(({ name }) => name),
    encryptionClientToServer: ciphers,
    encryptionServerToClient: ciphers,
    macClientToServer: macs,
    macServerToClient: macs,
    compressionClientToServer: NO_COMPRESSION,
    compressionServerToClient: NO_COMPRESSION,
    languagesClientToServer: [],
    languagesServerToClient: [],
    // We never guess: a wrong guess is what implementations disagree about.
    firstKexPacketFollows: false,
  };
}

/**
 * Chooses the algorithms (RFC 4253 §7.1). `offer` is what we really have, whatever the lists say.
 * Throws `no-common-algorithm` naming the list and what the peer offers.
 */
export function negotiate(role: Role, offer: AlgorithmPreferences, client: KexInit, server: KexInit): AgreedAlgorithms {
  const peer = role === "client" ? server : client;
  const pick = <T extends { readonly name: string }>(
    what: string,
    known: readonly T[],
    clients: readonly string[],
    servers: readonly string[],
  ): T => {
    // RFC 4253 §7.1: the first algorithm on the client's list that is also on the server's.
    const name = clients.find((candidate) => servers.includes(candidate));
    const found = known.find((algorithm) => algorithm.name === name);
    if (found !== undefined) return found;
    throw noCommon(what, role === "client" ? servers : clients);
  };
  const direction = (way: string, ciphers: Lists, macs: Lists): DirectionAlgorithms => {
    const cipher = pick(`cipher ${way}`, offer.cipher, ciphers.client, ciphers.server);
    const mac = cipher.authenticated ? undefined : pick(`MAC ${way}`, offer.mac, macs.client, macs.server);
    return { cipher, mac };
  };
  requireNoCompression(peer);
  return {
    kex: pick("key exchange method", offer.keyExchange, client.kexAlgorithms, server.kexAlgorithms),
    hostKey: pick("host key algorithm", offer.hostKey, client.serverHostKeyAlgorithms, server.serverHostKeyAlgorithms),
    clientToServer: direction(
      "client to server",
      { client: client.encryptionClientToServer, server: server.encryptionClientToServer },
      { client: client.macClientToServer, server: server.macClientToServer },
    ),
    serverToClient: direction(
      "server to client",
      { client: client.encryptionServerToClient, server: server.encryptionServerToClient },
      { client: client.macServerToClient, server: server.macServerToClient },
    ),
  };
}

/** Whether the packet that the peer announced with first_kex_packet_follows has to be ignored (RFC 4253 §7.1). */
export function guessedWrong(peer: KexInit, ours: KexInit): boolean {
  if (!peer.firstKexPacketFollows) return false;
  // RFC 4253 §7: the guess is wrong when the preferred kex or host key algorithms differ. That something else cannot be
  // agreed upon ends the connection anyway.
  return (
    peer.kexAlgorithms[0] !== ours.kexAlgorithms[0] ||
    peer.serverHostKeyAlgorithms[0] !== ours.serverHostKeyAlgorithms[0]
  );
}

interface Lists {
  readonly client: readonly string[];
  readonly server: readonly string[];
}

const NO_COMPRESSION: readonly string[] = ["none"];

function requireNoCompression(peer: KexInit): void {
  for (const [way, list] of [
    ["client to server", peer.compressionClientToServer],
    ["server to client", peer.compressionServerToClient],
  ] as const) {
    if (!list.includes("none")) throw noCommon(`compression ${way}`, list);
  }
}

function noCommon(what: string, offered: readonly string[]): SshError {
  // The names have been checked to be printable when the list was read.
  return new SshError(
    "no-common-algorithm",
    `negotiating algorithms: no ${what} in common, the peer offers "${offered.join(",")}"`,
    { phase: "key exchange" },
  );
}

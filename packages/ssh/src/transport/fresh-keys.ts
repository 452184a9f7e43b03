import { deriveDirectionKeys } from "../algorithms/derive-keys.ts";
import type { SharedSecret } from "../algorithms/kex/kex-algorithm.ts";
import type { PacketOpener, PacketSealer } from "../algorithms/packet-cipher.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";
import type { Role } from "./legal-messages.ts";
import type { AgreedAlgorithms } from "./negotiate.ts";

/** What a key exchange results in: both directions' protection, to be taken into use one after the other. */
export interface FreshKeys {
  readonly sealer: PacketSealer;
  readonly opener: PacketOpener;
  readonly agreed: AgreedAlgorithms;
}

/** Derives the keys of both directions (RFC 4253 §7.2) and overwrites the shared secret. */
export function makeFreshKeys(
  provider: CryptoProvider,
  role: Role,
  agreed: AgreedAlgorithms,
  secret: SharedSecret,
  exchangeHash: Uint8Array,
  sessionId: Uint8Array,
): FreshKeys {
  const { kex, clientToServer, serverToClient } = agreed;
  const input = { hash: kex.hash, secret, exchangeHash, sessionId };
  const toServer = deriveDirectionKeys(provider, input, "clientToServer", clientToServer.cipher, clientToServer.mac);
  const toClient = deriveDirectionKeys(provider, input, "serverToClient", serverToClient.cipher, serverToClient.mac);
  secret.encoded.fill(0);
  const [out, into] =
    role === "client" ? ([clientToServer, serverToClient] as const) : ([serverToClient, clientToServer] as const);
  const [outKeys, intoKeys] = role === "client" ? [toServer, toClient] : [toClient, toServer];
  return {
    agreed,
    sealer: out.cipher.createSealer(provider, outKeys, out.mac),
    opener: into.cipher.createOpener(provider, intoKeys, into.mac),
  };
}

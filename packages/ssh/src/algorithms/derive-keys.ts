import { SshWriter } from "../wire/writer.ts";
import type { SharedSecret } from "./kex/kex-algorithm.ts";
import type { CipherAlgorithm, DirectionKeys, MacAlgorithm } from "./packet-cipher.ts";
import type { CryptoProvider, HashName } from "./provider.ts";

export interface KeyDerivationInput {
  readonly hash: HashName;
  readonly secret: SharedSecret;
  /** H of this exchange. */
  readonly exchangeHash: Uint8Array;
  /** H of the first exchange of the connection, whatever hash that one used. */
  readonly sessionId: Uint8Array;
}

/** Both directions' keys, cut to what the negotiated algorithms take. */
export function deriveDirectionKeys(
  provider: CryptoProvider,
  input: KeyDerivationInput,
  direction: "clientToServer" | "serverToClient",
  cipher: CipherAlgorithm,
  mac: MacAlgorithm | undefined,
): DirectionKeys {
  const client = direction === "clientToServer";
  const derive = (letter: string, length: number): Uint8Array => deriveKey(provider, input, letter, length);
  return {
    iv: derive(client ? "A" : "B", cipher.ivLength),
    key: derive(client ? "C" : "D", cipher.keyLength),
    macKey: derive(client ? "E" : "F", cipher.authenticated ? 0 : (mac?.keyLength ?? 0)),
  };
}

/** RFC 4253 §7.2: HASH(K || H || X || session_id), extended with HASH(K || H || K1 || K2 …) until it is long enough. */
export function deriveKey(
  provider: CryptoProvider,
  input: KeyDerivationInput,
  letter: string,
  length: number,
): Uint8Array {
  const result = new Uint8Array(length);
  // An authenticated cipher takes no MAC key.
  if (length === 0) return result;
  const { hash, secret, exchangeHash, sessionId } = input;
  const hashOf = (rest: SshWriter): Uint8Array => {
    const data = rest.take();
    const block = provider.hash(hash, data);
    data.fill(0);
    return block;
  };
  const start = (restLength: number): SshWriter =>
    new SshWriter(secret.encoded.length + exchangeHash.length + restLength).bytes(secret.encoded).bytes(exchangeHash);
  const first = hashOf(
    start(1 + sessionId.length)
      .u8(letter.charCodeAt(0))
      .bytes(sessionId),
  );
  let block = first.subarray(0, length);
  result.set(block);
  for (let at = block.length; at < length; at += block.length) {
    block = hashOf(start(at).bytes(result.subarray(0, at))).subarray(0, length - at);
    result.set(block, at);
  }
  return result;
}

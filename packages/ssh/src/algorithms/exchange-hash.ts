import { SshWriter } from "../wire/writer.ts";
import type { SharedSecret } from "./kex/kex-algorithm.ts";
import type { CryptoProvider, HashName } from "./provider.ts";

/** What both sides have seen, in the order it is hashed. Version lines are without CR LF, KEXINITs are whole payloads. */
export interface ExchangeTranscript {
  readonly clientVersion: string;
  readonly serverVersion: string;
  readonly clientKexInit: Uint8Array;
  readonly serverKexInit: Uint8Array;
  readonly hostKey: Uint8Array;
  /** What a group exchange adds, as it is hashed (RFC 4419 §3): min, n, max, p, g. */
  readonly groupParameters?: Uint8Array | undefined;
  readonly clientPublic: Uint8Array;
  readonly serverPublic: Uint8Array;
  readonly secret: SharedSecret;
}

/** The exchange hash H of RFC 4253 §8 and RFC 5656 §4. The first one of a connection is its session identifier. */
export function exchangeHash(provider: CryptoProvider, hash: HashName, transcript: ExchangeTranscript): Uint8Array {
  const input = new SshWriter(4096)
    .text(transcript.clientVersion) // V_C
    .text(transcript.serverVersion) // V_S
    .string(transcript.clientKexInit) // I_C
    .string(transcript.serverKexInit) // I_S
    .string(transcript.hostKey) // K_S
    .bytes(transcript.groupParameters ?? NOTHING)
    .string(transcript.clientPublic) // Q_C (an mpint e has the same form)
    .string(transcript.serverPublic) // Q_S
    .bytes(transcript.secret.encoded) // K
    .take();
  const result = provider.hash(hash, input);
  input.fill(0);
  return result;
}

const NOTHING = new Uint8Array(0);

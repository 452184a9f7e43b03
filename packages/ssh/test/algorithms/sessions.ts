import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { corpus } from "../../../../test/support/corpus.ts";

export interface RecordedPacket {
  readonly seq: number;
  readonly type: number;
  /** Only in live sessions; the Go recordings hold encrypted packets only. */
  readonly encrypted?: boolean;
  readonly epoch?: number;
  readonly wire_hex: string;
  readonly payload_hex: string;
  readonly padding_length: number;
}

export interface RecordedKeys {
  readonly key: string;
  readonly iv: string;
  readonly mac_key: string | null;
}

export interface RecordedExchange {
  readonly hash: "sha256" | "sha384" | "sha512" | "sha1";
  readonly I_C: string;
  readonly I_S: string;
  readonly Q_C?: string;
  readonly Q_S?: string;
  readonly e_hex?: string;
  readonly f_hex?: string;
  readonly K_S: string;
  readonly K_mpint: string;
  readonly H: string;
  readonly signature: string;
  readonly signature_algorithm: string;
  readonly ephemeral_private_hex?: string;
  readonly ephemeral_owner?: "client" | "server";
  readonly keys: { readonly c2s: RecordedKeys; readonly s2c: RecordedKeys };
}

export interface RecordedSession {
  readonly name: string;
  readonly kex: string;
  readonly V_C: string;
  readonly V_S: string;
  readonly session_id: string;
  readonly strict_kex: boolean;
  readonly cipher: { readonly c2s: string; readonly s2c: string };
  readonly mac: { readonly c2s: string; readonly s2c: string };
  readonly exchanges: readonly RecordedExchange[];
  readonly packets: { readonly c2s: readonly RecordedPacket[]; readonly s2c: readonly RecordedPacket[] };
}

/** Every recorded session of the corpus, brought into one shape; none when the corpus is absent. */
export function recordedSessions(): readonly RecordedSession[] {
  const root = corpus();
  if (root === undefined) return [];
  const folder = join(root, "ssh/sessions");
  return readdirSync(folder)
    .sort()
    .map((file) => session(file.replace(/\.json$/, ""), JSON.parse(readFileSync(join(folder, file), "utf8"))));
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of two kinds, given its type here
function session(name: string, json: any): RecordedSession {
  const live = json.exchanges !== undefined;
  const side = (which: "cipher" | "mac") =>
    live
      ? { c2s: json[which], s2c: json[which] }
      : { c2s: json.keys.c2s[which] ?? "", s2c: json.keys.s2c[which] ?? "" };
  return {
    name,
    kex: json.kex,
    V_C: json.V_C,
    V_S: json.V_S,
    session_id: json.session_id,
    strict_kex: json.strict_kex,
    cipher: side("cipher"),
    mac: side("mac"),
    exchanges: live ? json.exchanges : [json],
    packets: { c2s: json.packets_c2s, s2c: json.packets_s2c },
  };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { corpus } from "../../../../test/support/corpus.ts";
import { deriveDirectionKeys } from "../../src/algorithms/derive-keys.ts";
import type { KexAlgorithm } from "../../src/algorithms/kex/kex-algorithm.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { PacketOpener } from "../../src/algorithms/packet-cipher.ts";
import type { CryptoProvider, RandomSource } from "../../src/algorithms/provider.ts";
import { type AlgorithmPreferences, algorithmNamed } from "../../src/algorithms/registry.ts";
import { legacyAlgorithms } from "../../src/legacy.ts";
import { decodeKexInit } from "../../src/messages/kex.ts";
import { InputBuffer } from "../../src/transport/input-buffer.ts";
import { PacketReader } from "../../src/transport/packet-reader.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import type { RecordedExchange, RecordedSession } from "../algorithms/sessions.ts";
import { fromHex, toHex } from "../wire/hex.ts";

/*
 * Other people's recorded conversations, made fit for a machine of ours that takes the place of one side.
 */

export type Direction = "c2s" | "s2c";

export interface Flow {
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** Everything that was ever recorded, the old things included. */
export const known: AlgorithmPreferences = legacyAlgorithms({
  dangerouslyAllow: ["sha1-key-exchange", "sha1-signatures", "cbc-ciphers", "truncated-mac"],
});

/** The bytes of a recorded conversation in their order, as far as they can be opened. */
export function flowsOf(session: RecordedSession): readonly Flow[] {
  const root = corpus() ?? "";
  const read = (folder: string) => JSON.parse(readFileSync(join(root, "ssh", folder, `${session.name}.json`), "utf8"));
  if (!session.name.startsWith("live-"))
    return read("handshakes").flows.map(({ dir, b64 }: { dir: Direction; b64: string }) => ({
      direction: dir,
      bytes: Uint8Array.from(Buffer.from(b64, "base64")),
    }));
  // Live sessions tell the sizes of the flows, and the packets that make them up.
  const wires = { c2s: wireOf(session, "c2s"), s2c: wireOf(session, "s2c") };
  const at = { c2s: 0, s2c: 0 };
  return read("sessions").flows.map(({ dir, bytes }: { dir: Direction; bytes: number }) => {
    const start = at[dir];
    at[dir] += bytes;
    return { direction: dir, bytes: wires[dir].subarray(start, start + bytes) };
  });
}

function wireOf(session: RecordedSession, direction: Direction): Uint8Array {
  const version = new TextEncoder().encode(`${direction === "c2s" ? session.V_C : session.V_S}\r\n`);
  return Uint8Array.from([
    ...version,
    ...session.packets[direction].flatMap((packet) => [...fromHex(packet.wire_hex)]),
  ]);
}

/** Our algorithms under the names and in the order of a recorded KEXINIT; what is not ours stands there and does nothing. */
export function offerOf(kexInit: Uint8Array, kex: KexAlgorithm): AlgorithmPreferences {
  const offer = decodeKexInit(kexInit);
  const named = <T extends { readonly name: string }>(list: readonly T[], names: readonly string[]) =>
    names.map((name) => algorithmNamed(list, name) ?? ({ name, verify: () => false } as unknown as T));
  const methods = offer.kexAlgorithms.filter(
    (name) => !name.startsWith("ext-info-") && !name.startsWith("kex-strict-"),
  );
  return {
    keyExchange: named(known.keyExchange, methods).map((method) => (method.name === kex.name ? kex : method)),
    hostKey: named(known.hostKey, offer.serverHostKeyAlgorithms),
    cipher: named(known.cipher, offer.encryptionClientToServer),
    mac: named(known.mac, offer.macClientToServer),
  };
}

/** The session's algorithms alone. */
export function algorithmsOf(session: RecordedSession, kex: KexAlgorithm): AlgorithmPreferences {
  const [exchange] = session.exchanges;
  const only = <T extends { readonly name: string }>(list: readonly T[], ...names: (string | undefined)[]) =>
    list.filter(({ name }) => names.includes(name));
  return {
    keyExchange: [kex],
    hostKey: only(known.hostKey, exchange?.signature_algorithm),
    cipher: only(known.cipher, session.cipher.c2s, session.cipher.s2c),
    mac: only(known.mac, session.mac.c2s, session.mac.s2c),
  };
}

/** A method that says what was said then: its public values and secrets are the recorded ones, exchange by exchange. */
export function recordedKex(session: RecordedSession): KexAlgorithm {
  let at = 0;
  const next = () => {
    const exchange = session.exchanges[at++];
    if (exchange === undefined) throw new Error("more key exchanges than were recorded");
    const secret = { encoded: fromHex(exchange.K_mpint) };
    return { ...publicValues(exchange), secret };
  };
  return {
    kind: "public-values",
    name: session.kex,
    hash: session.exchanges[0]!.hash,
    start: () => {
      const { client, server, secret } = next();
      return {
        publicValue: client,
        finish: (serverPublic) => {
          if (toHex(serverPublic) !== toHex(server)) throw new Error("another server's public value");
          return secret;
        },
      };
    },
    respond: (_provider, _random, clientPublic) => {
      const { client, server, secret } = next();
      if (toHex(clientPublic) !== toHex(client)) throw new Error("another client's public value");
      return { publicValue: server, secret };
    },
  };
}

/**
 * Our own method with the recorded key pair where that was kept and a key is nothing but random bytes; what was recorded
 * where not. `random` gives that key.
 */
export function methodOf(session: RecordedSession): { kex: KexAlgorithm; random: RandomSource | undefined } {
  const [{ ephemeral_private_hex: secretKey }] = session.exchanges as [RecordedExchange];
  const kex = algorithmNamed(known.keyExchange, session.kex);
  if (secretKey?.length !== 64 || kex === undefined) return { kex: recordedKex(session), random: undefined };
  return { kex, random: () => fromHex(secretKey) };
}

function publicValues({ Q_C, Q_S, e_hex, f_hex }: RecordedExchange) {
  // e and f are recorded as numbers; on the wire they are mpints.
  const value = (point: string | undefined, number: string | undefined): Uint8Array =>
    point !== undefined
      ? fromHex(point)
      : new SshWriter()
          .mpint(fromHex(number ?? ""))
          .take()
          .subarray(4);
  return { client: value(Q_C, e_hex), server: value(Q_S, f_hex) };
}

/**
 * Where our KEXINIT cannot be the recorded one, the exchange hash would be another: this provider gives the recorded hashes,
 * in their order, for what looks like their input. That the right input gives them is tested in `algorithms/sessions.test.ts`.
 */
export function withRecordedHashes(session: RecordedSession): CryptoProvider {
  const start = toHex(new SshWriter().text(session.V_C).text(session.V_S).take());
  let at = 0;
  return {
    ...nobleProvider,
    hash: (name, data) => {
      if (toHex(data.subarray(0, start.length / 2)) !== start) return nobleProvider.hash(name, data);
      return fromHex(session.exchanges[at++]?.H ?? "");
    },
  };
}

/** The payloads in one direction's bytes, opened with the recorded keys; `padding` collects what was random. */
export function payloadsIn(
  session: RecordedSession,
  direction: Direction,
  bytes: Uint8Array,
  padding: Uint8Array[] = [],
): Uint8Array[] {
  const input = new InputBuffer();
  input.append(bytes.subarray(bytes.indexOf(10) + 1));
  const reader = new PacketReader(300_000);
  const payloads: Uint8Array[] = [];
  let epoch = 0;
  for (;;) {
    // Packets are opened where they lie, so their padding can be seen behind the payload.
    const before = input.peek(input.length);
    const payload = reader.next(input);
    if (payload === undefined) return payloads;
    payloads.push(payload.slice());
    padding.push(paddingBehind(payload, before));
    if (payload[0] === 21) reader.rekey(opener(session, direction, session.exchanges[epoch++]!), session.strict_kex);
  }
}

function paddingBehind(payload: Uint8Array, packet: Uint8Array): Uint8Array {
  const at = payload.byteOffset - packet.byteOffset;
  const count = packet[at - 1] ?? 0;
  return packet.slice(at + payload.length, at + payload.length + count);
}

function opener(session: RecordedSession, direction: Direction, exchange: RecordedExchange): PacketOpener {
  const cipher = algorithmNamed(known.cipher, session.cipher[direction])!;
  const mac = algorithmNamed(known.mac, session.mac[direction]);
  const input = {
    hash: exchange.hash,
    secret: { encoded: fromHex(exchange.K_mpint) },
    exchangeHash: fromHex(exchange.H),
    sessionId: fromHex(session.session_id),
  };
  const name = direction === "c2s" ? "clientToServer" : "serverToClient";
  return cipher.createOpener(nobleProvider, deriveDirectionKeys(nobleProvider, input, name, cipher, mac), mac);
}

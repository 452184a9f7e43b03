import { readFileSync } from "node:fs";
import { join } from "node:path";
import { shake128 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { aes128Gcm } from "../../src/algorithms/ciphers/aes-gcm.ts";
import { deriveDirectionKeys } from "../../src/algorithms/derive-keys.ts";
import { exchangeHash } from "../../src/algorithms/exchange-hash.ts";
import { mlkem768X25519 } from "../../src/algorithms/kex/mlkem768x25519.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { type PacketOpener, plainOpener } from "../../src/algorithms/packet-cipher.ts";
import { ecdsaSha2Nistp256 } from "../../src/algorithms/signatures/ecdsa.ts";
import { decodeEcdhInit, decodeEcdhReply } from "../../src/messages/kex.ts";
import { SSH_MSG } from "../../src/messages/numbers.ts";

const root = corpus();

/*
 * A conversation of a client in Go with OpenSSH 9.9. The client's random bytes are the output of SHAKE128 of nothing,
 * as its cookie shows; its X25519 key and its ML-KEM seed stand at the offsets 29 and 61 of that stream. So the whole
 * exchange can be computed, and the peer's signature and both directions' packets say whether it is right.
 */
describe.runIf(root !== undefined)("mlkem768x25519-sha256 with OpenSSH 9.9, recorded", () => {
  it("gives the client's public value, a transcript that the server signed, and keys that open every packet", () => {
    const file = join(root ?? "", "ssh/handshakes/Client-KEX-mlkem768x25519-sha256.json");
    const { flows } = JSON.parse(readFileSync(file, "utf8"));
    const [client, server] = ["c2s", "s2c"].map((direction) => new Conversation(flows, direction));
    const [clientKexInit, init] = client!.take(plainOpener, 3);
    const [serverKexInit, answer] = server!.take(plainOpener, 3);
    const { clientPublic } = decodeEcdhInit(init!);
    const reply = decodeEcdhReply(answer!);

    const stream = shake128(new Uint8Array(), { dkLen: 256 });
    const start = mlkem768X25519.start(nobleProvider, (length) =>
      length === 64 ? stream.slice(61, 125) : stream.slice(29, 61),
    );
    expect(start.publicValue).toEqual(clientPublic);
    const secret = start.finish(reply.serverPublic);
    const hash = exchangeHash(nobleProvider, "sha256", {
      clientVersion: client!.version,
      serverVersion: server!.version,
      clientKexInit: clientKexInit!,
      serverKexInit: serverKexInit!,
      hostKey: reply.hostKey,
      clientPublic,
      serverPublic: reply.serverPublic,
      secret,
    });
    expect(ecdsaSha2Nistp256.verify(nobleProvider, reply.hostKey, hash, reply.signature)).toBe(true);

    const input = { hash: "sha256", secret, exchangeHash: hash, sessionId: hash } as const;
    const open = (conversation: Conversation, direction: "clientToServer" | "serverToClient") =>
      conversation.take(
        aes128Gcm.createOpener(
          nobleProvider,
          deriveDirectionKeys(nobleProvider, input, direction, aes128Gcm, undefined),
          undefined,
        ),
      );
    const numbers = (payloads: readonly Uint8Array[]) => payloads.map((payload) => payload[0]);
    const sent = numbers(open(client!, "clientToServer"));
    const received = numbers(open(server!, "serverToClient"));
    expect(sent[0]).toBe(SSH_MSG.serviceRequest);
    expect(received.slice(0, 2)).toEqual([SSH_MSG.extInfo, SSH_MSG.serviceAccept]);
    expect(received).toContain(SSH_MSG.userauthSuccess);
  });
});

/** One direction of a recorded conversation. */
class Conversation {
  readonly version: string;
  #rest: Uint8Array;

  constructor(flows: readonly { readonly dir: string; readonly b64: string }[], direction: string) {
    const chunks = flows.filter(({ dir }) => dir === direction).map(({ b64 }) => Buffer.from(b64, "base64"));
    const bytes = Uint8Array.from(Buffer.concat(chunks));
    const end = bytes.indexOf(10);
    this.version = new TextDecoder().decode(bytes.subarray(0, end)).trimEnd();
    this.#rest = bytes.subarray(end + 1);
  }

  take(opener: PacketOpener, count = Number.POSITIVE_INFINITY): Uint8Array[] {
    const payloads: Uint8Array[] = [];
    while (payloads.length < count && this.#rest.length > 0) {
      const size = 4 + opener.packetLength(0, this.#rest) + opener.tagLength;
      payloads.push(opener.open(0, this.#rest.subarray(0, size)));
      this.#rest = this.#rest.subarray(size);
    }
    return payloads;
  }
}

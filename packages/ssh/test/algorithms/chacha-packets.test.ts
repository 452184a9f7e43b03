import { createCipheriv } from "node:crypto";
import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { describe, expect, it } from "vitest";
import { chacha20Poly1305 } from "../../src/algorithms/ciphers/chacha20-poly1305.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { toHex } from "../wire/hex.ts";

const keys = { key: Uint8Array.from({ length: 64 }, (_, i) => 3 * i), iv: new Uint8Array(), macKey: new Uint8Array() };
/** Around the length up to which one call of the cipher serves for two. */
const lengths = [8, 16, 24, 56, 64, 72, 2032, 2040, 2048, 2056, 2064, 32_768];
const providers = [
  ["noble", nobleProvider],
  ["node:crypto", nodeCryptoProvider(nobleProvider)],
] as const;

describe.each(providers)(
  "chacha20-poly1305@openssh.com by %s (draft-ietf-sshm-chacha20-poly1305 §4)",
  (_, provider) => {
    const sealer = chacha20Poly1305.createSealer(provider, keys, undefined);

    it.each(lengths)("seals a packet of length %i as its definition says, and opens it", (length) => {
      for (const sequence of [0, 7, 2 ** 32 - 1]) {
        const plain = packetOf(length);
        const sealed = plain.slice();
        sealer.seal(sequence, sealed);
        expect(toHex(sealed)).toBe(toHex(sealedByDefinition(sequence, plain)));
        const opener = chacha20Poly1305.createOpener(provider, keys, undefined);
        expect(opener.packetLength(sequence, sealed.subarray(0, 4))).toBe(length);
        expect(toHex(opener.open(sequence, sealed))).toBe(toHex(plain.subarray(5, length)));
      }
    });

    it.each(lengths)("leaves a packet of length %i as it came when its tag is wrong", (length) => {
      const sealed = packetOf(length);
      sealer.seal(1, sealed);
      for (const at of [4, length + 3, length + 4, length + 19]) {
        const forged = sealed.slice();
        forged[at] = (forged[at] ?? 0) ^ 1;
        const before = toHex(forged);
        const opener = chacha20Poly1305.createOpener(provider, keys, undefined);
        expect(() => opener.open(1, forged)).toThrow(expect.objectContaining({ code: "mac-mismatch" }));
        expect(toHex(forged)).toBe(before);
      }
    });
  },
);

/** `length` bytes behind packet_length, four of them padding, and room for the tag. */
function packetOf(length: number): Uint8Array {
  const packet = Uint8Array.from({ length: 4 + length + 16 }, (_, i) => i * i);
  new DataView(packet.buffer).setUint32(0, length);
  packet[4] = 4;
  packet.fill(0, 4 + length);
  return packet;
}

/** With OpenSSL's ChaCha20: block 0 has the key of Poly1305, the packet begins at block 1. */
function sealedByDefinition(sequence: number, plain: Uint8Array): Uint8Array {
  const end = plain.length - 16;
  const stream = (key: Uint8Array, block: number, bytes: Uint8Array): Uint8Array => {
    const iv = Buffer.alloc(16);
    iv.writeUInt32LE(block, 0);
    iv.writeUInt32BE(sequence, 12);
    return createCipheriv("chacha20", key, iv).update(bytes);
  };
  const tagKey = stream(keys.key.subarray(0, 32), 0, new Uint8Array(32));
  const sealed = Buffer.concat([
    stream(keys.key.subarray(32), 0, plain.subarray(0, 4)),
    stream(keys.key.subarray(0, 32), 1, plain.subarray(4, end)),
  ]);
  return Buffer.concat([sealed, poly1305(sealed, Uint8Array.from(tagKey))]);
}

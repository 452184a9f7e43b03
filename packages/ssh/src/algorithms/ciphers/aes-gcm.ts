import { SshError } from "../../errors.ts";
import { readU32 } from "../../wire/reader.ts";
import {
  assertWholePacket,
  type CipherAlgorithm,
  type DirectionKeys,
  payloadInside,
  payloadOf,
} from "../packet-cipher.ts";
import type { CryptoProvider, GcmKey } from "../provider.ts";

export const aes256Gcm: CipherAlgorithm = /* @__PURE__ */ aesGcm("aes256-gcm@openssh.com", 32);
export const aes128Gcm: CipherAlgorithm = /* @__PURE__ */ aesGcm("aes128-gcm@openssh.com", 16);

/*
 * RFC 5647: packet_length is sent in the clear and authenticated, everything after it is encrypted. The nonce is 4 fixed
 * bytes and a 64-bit counter, both from the key exchange; the sequence number plays no part. The "@openssh.com" names
 * differ only in negotiation: the MAC is not negotiated.
 */
function aesGcm(name: string, keyLength: number): CipherAlgorithm {
  const layout = { blockSize: 16, lengthOutsidePadding: true, tagLength: 16 } as const;
  return {
    name,
    keyLength,
    ivLength: 12,
    authenticated: true,
    // RFC 4344 §3.2 allows 2^32 blocks for a 128-bit block; 1 GiB is what peers use and stays far below.
    maxBytesPerKey: 2 ** 30,
    createSealer: (provider, keys) => {
      const { gcm, nextNonce, destroy } = setUp(provider, keys);
      return {
        ...layout,
        seal: (_sequence, packet) => {
          const end = 4 + readU32(packet, 0);
          assertWholePacket(packet, end - 4, 16);
          gcm.seal(nextNonce(), packet.subarray(0, 4), packet.subarray(4, end), packet.subarray(end));
        },
        destroy,
      };
    },
    createOpener: (provider, keys) => {
      const { gcm, nextNonce, destroy } = setUp(provider, keys);
      const opensApart = gcm.openApart !== undefined;
      return {
        ...layout,
        headLength: 4,
        opensApart,
        packetLength: (_sequence, head) => readU32(head, 0),
        open: (_sequence, packet) => {
          const length = readU32(packet, 0);
          assertWholePacket(packet, length, 16);
          const end = 4 + length;
          const sealed = [nextNonce(), packet.subarray(0, 4), packet.subarray(4, end), packet.subarray(end)] as const;
          // Anything but `true`, or as many bytes as there were, is a wrong tag.
          if (opensApart) {
            const plain = gcm.openApart?.(...sealed);
            if (plain instanceof Uint8Array && plain.length === length) return payloadInside(plain);
          } else if (gcm.open(...sealed) === true) return payloadOf(packet, length);
          throw new SshError("mac-mismatch", `opening a packet of ${length} bytes: the tag is wrong`);
        },
        destroy,
      };
    },
  };
}

function setUp(
  provider: CryptoProvider,
  keys: DirectionKeys,
): { readonly gcm: GcmKey; readonly nextNonce: () => Uint8Array; readonly destroy: () => void } {
  const gcm = provider.aesGcm(keys.key);
  const next = keys.iv.slice();
  const current = new Uint8Array(12);
  return {
    gcm,
    nextNonce: () => {
      current.set(next);
      // RFC 5647 §7.1: the invocation counter is the last 8 bytes and wraps around.
      for (let i = 11; i >= 4; i--) {
        const byte = ((next[i] ?? 0) + 1) & 0xff;
        next[i] = byte;
        if (byte !== 0) break;
      }
      return current;
    },
    destroy: () => gcm.destroy(),
  };
}

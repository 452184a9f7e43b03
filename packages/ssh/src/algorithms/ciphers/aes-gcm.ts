import { SshError } from "../../errors.ts";
import { readU32 } from "../../wire/reader.ts";
import {
  assertWholePacket,
  type CipherAlgorithm,
  type DirectionKeys,
  type LaterOpener,
  type LaterSealer,
  payloadInside,
  payloadOf,
} from "../packet-cipher.ts";
import type { CryptoProvider, GcmKey, LaterGcm } from "../provider.ts";

/** aes256-gcm@openssh.com. */
export const aes256Gcm: CipherAlgorithm = /* @__PURE__ */ aesGcm("aes256-gcm@openssh.com", 32);
/** aes128-gcm@openssh.com. */
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
      const { gcm, nonces } = setUp(provider, keys);
      return {
        ...layout,
        seal: (_sequence, packet) => {
          const end = 4 + readU32(packet, 0);
          assertWholePacket(packet, end - 4, 16);
          gcm.seal(nonces.take(), packet.subarray(0, 4), packet.subarray(4, end), packet.subarray(end));
        },
        ...(gcm.later !== undefined && { later: laterSealer(gcm, gcm.later, nonces) }),
        destroy: () => gcm.destroy(),
      };
    },
    createOpener: (provider, keys) => {
      const { gcm, nonces } = setUp(provider, keys);
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
          const sealed = [nonces.take(), packet.subarray(0, 4), packet.subarray(4, end), packet.subarray(end)] as const;
          if (opensApart) return payloadFrom(gcm.openApart?.(...sealed), length);
          // Anything but `true` is a wrong tag.
          if (gcm.open(...sealed) === true) return payloadOf(packet, length);
          throw wrongTag(length);
        },
        ...(gcm.later !== undefined && { later: laterOpener(gcm.later, nonces) }),
        destroy: () => gcm.destroy(),
      };
    },
  };
}

function laterSealer(gcm: GcmKey, later: LaterGcm, nonces: Nonces): LaterSealer {
  return {
    leastBytes: later.leastBytes,
    begin: (plain) => {
      const nonce = nonces.take().slice();
      const end = plain.length;
      return {
        run: () => later.seal(nonce, plain.subarray(0, 4), plain.subarray(4)),
        finish: (target, result) => {
          target.set(plain.subarray(0, 4));
          if (result?.length === end - 4 + 16) {
            target.set(result, 4);
            return;
          }
          if (result !== undefined)
            throw new SshError(
              "provider-failed",
              `sealing a packet of ${end - 4} bytes: ${result.length} bytes came back`,
            );
          target.set(plain.subarray(4), 4);
          gcm.seal(nonce, target.subarray(0, 4), target.subarray(4, end), target.subarray(end));
        },
      };
    },
  };
}

function laterOpener(later: LaterGcm, nonces: Nonces): LaterOpener {
  return {
    leastBytes: later.leastBytes,
    begin: (ahead, packet) => {
      const nonce = nonces.after(ahead);
      return { run: () => later.open(nonce, packet.subarray(0, 4), packet.subarray(4)) };
    },
    finish: (packetLength, result) => {
      nonces.take();
      return payloadFrom(result, packetLength);
    },
  };
}

/** Anything but as many bytes as there were is a wrong tag. */
function payloadFrom(plain: Uint8Array | undefined, packetLength: number): Uint8Array {
  if (plain instanceof Uint8Array && plain.length === packetLength) return payloadInside(plain);
  throw wrongTag(packetLength);
}

function wrongTag(packetLength: number): SshError {
  return new SshError("mac-mismatch", `opening a packet of ${packetLength} bytes: the tag is wrong`);
}

function setUp(provider: CryptoProvider, keys: DirectionKeys): { readonly gcm: GcmKey; readonly nonces: Nonces } {
  return { gcm: provider.aesGcm(keys.key), nonces: new Nonces(keys.iv) };
}

/** RFC 5647 §7.1: 4 fixed bytes and the invocation counter, 8 bytes that wrap around. */
class Nonces {
  readonly #next: Uint8Array;

  constructor(first: Uint8Array) {
    this.#next = first.slice();
  }

  /** The nonce of this packet; valid until the next call for any key. */
  take(): Uint8Array {
    CURRENT.set(this.#next);
    increment(this.#next);
    return CURRENT;
  }

  /** The nonce that `ahead` calls of `take()` will pass over, as a copy. */
  after(ahead: number): Uint8Array {
    const nonce = this.#next.slice();
    for (let i = 0; i < ahead; i++) increment(nonce);
    return nonce;
  }
}

/** Every key's: it is used up before the next packet. */
const CURRENT = new Uint8Array(12);

function increment(nonce: Uint8Array): void {
  for (let i = 11; i >= 4; i--) {
    const byte = ((nonce[i] ?? 0) + 1) & 0xff;
    nonce[i] = byte;
    if (byte !== 0) return;
  }
}

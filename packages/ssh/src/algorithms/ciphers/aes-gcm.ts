import { SshError } from "../../errors.ts";
import { readU32 } from "../../wire/reader.ts";
import { writeU32 } from "../../wire/writer.ts";
import {
  assertWholePacket,
  type CipherAlgorithm,
  type DirectionKeys,
  type LaterOpener,
  type LaterSealer,
  type PacketOpener,
  type PacketSealer,
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
  return {
    name,
    keyLength,
    ivLength: 12,
    authenticated: true,
    // RFC 4344 §3.2 allows 2^32 blocks for a 128-bit block; 1 GiB is what peers use and stays far below.
    maxBytesPerKey: 2 ** 30,
    createSealer: (provider, keys) => new GcmSealer(provider, keys),
    createOpener: (provider, keys) => new GcmOpener(provider, keys),
  };
}

/** One direction's key. Classes, because functions of its own would be kept for every connection. */
class GcmDirection {
  protected readonly gcm: GcmKey;
  protected readonly nonces: Nonces;

  constructor(provider: CryptoProvider, { key, iv }: DirectionKeys) {
    this.gcm = provider.aesGcm(key);
    this.nonces = new Nonces(iv);
  }

  get blockSize(): number {
    return 16;
  }

  get lengthOutsidePadding(): boolean {
    return true;
  }

  get tagLength(): number {
    return TAG_LENGTH;
  }

  destroy(): void {
    this.gcm.destroy();
  }
}

class GcmSealer extends GcmDirection implements PacketSealer {
  readonly later: LaterSealer | undefined;

  constructor(provider: CryptoProvider, keys: DirectionKeys) {
    super(provider, keys);
    this.later = this.gcm.later && laterSealer(this.gcm, this.gcm.later, this.nonces);
  }

  seal(_sequence: number, packet: Uint8Array): void {
    const end = 4 + readU32(packet, 0);
    assertWholePacket(packet, end - 4, TAG_LENGTH);
    copyTo(HEAD, packet, 0);
    this.gcm.seal(this.nonces.take(), HEAD, packet.subarray(4, end), TAG);
    packet.set(TAG, end);
  }
}

class GcmOpener extends GcmDirection implements PacketOpener {
  readonly later: LaterOpener | undefined;

  constructor(provider: CryptoProvider, keys: DirectionKeys) {
    super(provider, keys);
    this.later = this.gcm.later && laterOpener(this.gcm.later, this.nonces);
  }

  get headLength(): number {
    return 4;
  }

  get opensApart(): boolean {
    return this.gcm.openApart !== undefined;
  }

  packetLength(_sequence: number, head: Uint8Array): number {
    return readU32(head, 0);
  }

  open(_sequence: number, packet: Uint8Array): Uint8Array {
    const { gcm } = this;
    const length = readU32(packet, 0);
    assertWholePacket(packet, length, TAG_LENGTH);
    const end = 4 + length;
    const nonce = this.nonces.take();
    copyTo(HEAD, packet, 0);
    copyTo(TAG, packet, end);
    const sealed = packet.subarray(4, end);
    if (gcm.openApart !== undefined) return payloadFrom(gcm.openApart(nonce, HEAD, sealed, TAG), length);
    // Anything but `true` is a wrong tag.
    if (gcm.open(nonce, HEAD, sealed, TAG) === true) return payloadOf(packet, length);
    throw wrongTag(length);
  }
}

const TAG_LENGTH = 16;

/** Every key's: used up before the next packet. Filling them costs less than views of the packet do. */
const HEAD = new Uint8Array(4);
const TAG = new Uint8Array(TAG_LENGTH);

function copyTo(target: Uint8Array, packet: Uint8Array, from: number): void {
  for (let i = 0; i < target.length; i++) target[i] = packet[from + i] ?? 0;
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

/** RFC 5647 §7.1: 4 fixed bytes and the invocation counter, 8 bytes that wrap around. */
class Nonces {
  readonly #fixed: number;
  #high: number;
  #low: number;

  constructor(first: Uint8Array) {
    this.#fixed = readU32(first, 0);
    this.#high = readU32(first, 4);
    this.#low = readU32(first, 8);
  }

  /** The nonce of this packet; valid until the next call for any key. */
  take(): Uint8Array {
    this.#write(CURRENT, 0);
    this.#low = (this.#low + 1) >>> 0;
    if (this.#low === 0) this.#high = (this.#high + 1) >>> 0;
    return CURRENT;
  }

  /** The nonce that `ahead` calls of `take()` will pass over, as a copy. */
  after(ahead: number): Uint8Array {
    const nonce = new Uint8Array(12);
    this.#write(nonce, ahead);
    return nonce;
  }

  #write(nonce: Uint8Array, ahead: number): void {
    const low = this.#low + ahead;
    writeU32(nonce, 0, this.#fixed);
    writeU32(nonce, 4, low > 0xffffffff ? this.#high + 1 : this.#high);
    writeU32(nonce, 8, low);
  }
}

/** Every key's: it is used up before the next packet. */
const CURRENT = new Uint8Array(12);

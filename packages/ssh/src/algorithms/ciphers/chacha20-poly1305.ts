import { SshError } from "../../errors.ts";
import { readU32 } from "../../wire/reader.ts";
import { writeU32 } from "../../wire/writer.ts";
import { bytesEqual } from "../bytes-equal.ts";
import { assertWholePacket, type CipherAlgorithm, type DirectionKeys, payloadOf } from "../packet-cipher.ts";
import type { CryptoProvider } from "../provider.ts";

/**
 * draft-ietf-sshm-chacha20-poly1305: two instances of the original ChaCha20, the nonce is the sequence number. The
 * second half of the key encrypts packet_length; the first half gives the Poly1305 key (block 0) and encrypts the rest
 * (from block 1). The tag covers everything, the encrypted length included.
 */
export const chacha20Poly1305: CipherAlgorithm = {
  name: "chacha20-poly1305@openssh.com",
  keyLength: 64,
  ivLength: 0,
  authenticated: true,
  numberIsNonce: true,
  maxBytesPerKey: 2 ** 30,
  createSealer: (provider, keys) => {
    const state = setUp(provider, keys);
    return {
      ...layout,
      seal: (sequence, packet) => {
        const end = 4 + readU32(packet, 0);
        assertWholePacket(packet, end - 4, 16);
        const nonce = state.nonceOf(sequence);
        state.length.process(nonce, 0, packet.subarray(0, 4));
        const body = packet.subarray(4, end);
        state.finish(nonce, body, state.begin(nonce, body));
        packet.set(provider.poly1305(state.tagKey, packet.subarray(0, end)), end);
      },
      destroy: state.destroy,
    };
  },
  createOpener: (provider, keys) => {
    const state = setUp(provider, keys);
    const head = new Uint8Array(4);
    // The length is asked for before the packet is there, and again when it is: the second time it is known.
    let known: { readonly sequence: number; readonly sealed: number; readonly length: number } | undefined;
    const packetLength = (sequence: number, bytes: Uint8Array): number => {
      const sealed = readU32(bytes, 0);
      if (known?.sequence === sequence && known.sealed === sealed) return known.length;
      head.set(bytes.subarray(0, 4));
      state.length.process(state.nonceOf(sequence), 0, head);
      const length = readU32(head, 0);
      known = { sequence, sealed, length };
      return length;
    };
    return {
      ...layout,
      headLength: 4,
      packetLength,
      open: (sequence, packet) => {
        const length = packetLength(sequence, packet);
        assertWholePacket(packet, length, 16);
        const end = 4 + length;
        const nonce = state.nonceOf(sequence);
        const body = packet.subarray(4, end);
        const ready = state.begin(nonce, body);
        // Nothing that is decrypted gets into the packet before the tag is checked.
        const right = bytesEqual(provider.poly1305(state.tagKey, packet.subarray(0, end)), packet.subarray(end));
        if (right) state.finish(nonce, body, ready);
        ready?.fill(0);
        if (!right) throw new SshError("mac-mismatch", `opening a packet of ${length} bytes: the tag is wrong`);
        return payloadOf(packet, length);
      },
      destroy: state.destroy,
    };
  },
};

const layout = { blockSize: 8, lengthOutsidePadding: true, tagLength: 16 } as const;

function setUp(provider: CryptoProvider, keys: DirectionKeys) {
  const payload = provider.chacha20(keys.key.subarray(0, 32));
  const length = provider.chacha20(keys.key.subarray(32, 64));
  const nonce = new Uint8Array(8);
  const tagKey = new Uint8Array(32);
  return {
    length,
    nonceOf: (sequence: number): Uint8Array => {
      writeU32(nonce, 4, sequence);
      return nonce;
    },
    tagKey,
    /** Makes the Poly1305 key. Where the body is short, gives what the key stream makes of it, for `finish`. */
    begin: (packetNonce: Uint8Array, body: Uint8Array): Uint8Array | undefined => {
      const isShort = body.length <= MAX_SHORT;
      const blocks = isShort ? BLOCKS.subarray(0, 64 + body.length) : tagKey;
      blocks.fill(0, 0, 64);
      if (isShort) blocks.set(body, 64);
      payload.process(packetNonce, 0, blocks);
      if (!isShort) return undefined;
      for (let i = 0; i < 32; i++) tagKey[i] = blocks[i] ?? 0;
      blocks.fill(0, 0, 32);
      return blocks.subarray(64);
    },
    finish: (packetNonce: Uint8Array, body: Uint8Array, ready: Uint8Array | undefined): void => {
      if (ready === undefined) payload.process(packetNonce, 1, body);
      else body.set(ready);
    },
    destroy: (): void => {
      payload.destroy();
      length.destroy();
      tagKey.fill(0);
    },
  };
}

/**
 * Each call of a cipher costs as much as some hundred bytes do. A packet that is worth a copy stands behind block 0, so that
 * one call gives its key for Poly1305 and its own key stream.
 */
const MAX_SHORT = 2048;
/** Everybody's: no call leaves a secret in it. */
const BLOCKS = new Uint8Array(64 + MAX_SHORT);

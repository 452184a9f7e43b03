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
        state.payload.process(nonce, 1, packet.subarray(4, end));
        packet.set(state.tagOf(nonce, packet.subarray(0, end)), end);
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
        // The tag is checked before anything is decrypted.
        if (!bytesEqual(state.tagOf(nonce, packet.subarray(0, end)), packet.subarray(end)))
          throw new SshError("mac-mismatch", `opening a packet of ${length} bytes: the tag is wrong`);
        state.payload.process(nonce, 1, packet.subarray(4, end));
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
    payload,
    length,
    nonceOf: (sequence: number): Uint8Array => {
      writeU32(nonce, 4, sequence);
      return nonce;
    },
    tagOf: (packetNonce: Uint8Array, bytes: Uint8Array): Uint8Array => {
      tagKey.fill(0);
      payload.process(packetNonce, 0, tagKey);
      return provider.poly1305(tagKey, bytes);
    },
    destroy: (): void => {
      payload.destroy();
      length.destroy();
      tagKey.fill(0);
    },
  };
}

import { SshError } from "../../errors.ts";
import { readU32 } from "../../wire/reader.ts";
import { writeU32 } from "../../wire/writer.ts";
import { bytesEqual } from "../bytes-equal.ts";
import {
  assertWholePacket,
  type DirectionKeys,
  type MacAlgorithm,
  type PacketOpener,
  type PacketSealer,
  payloadOf,
} from "../packet-cipher.ts";
import type { CryptoProvider, StreamCipher } from "../provider.ts";

/*
 * A cipher with blocks of 16 bytes and a separate MAC, in one of two orders:
 * - encrypt-and-MAC (RFC 4253 §6.4): all is encrypted, packet_length too; the MAC covers the plain packet.
 * - encrypt-then-MAC ("-etm@openssh.com"): packet_length is plain; the MAC covers it and the ciphertext.
 */

/** `name` is that of the cipher, for error messages. */
export function sealerWithMac(
  name: string,
  cipher: StreamCipher,
  provider: CryptoProvider,
  keys: DirectionKeys,
  mac: MacAlgorithm | undefined,
): PacketSealer {
  const set = setUp(name, cipher, provider, keys, mac);
  return set.mac.encryptThenMac ? etmSealer(set) : plainMacSealer(set);
}

/** The receiving side of `sealerWithMac`. */
export function openerWithMac(
  name: string,
  cipher: StreamCipher,
  provider: CryptoProvider,
  keys: DirectionKeys,
  mac: MacAlgorithm | undefined,
): PacketOpener {
  const set = setUp(name, cipher, provider, keys, mac);
  return set.mac.encryptThenMac ? etmOpener(set) : plainMacOpener(set);
}

const blockSize = 16;

interface CipherAndMac {
  readonly cipher: StreamCipher;
  readonly mac: MacAlgorithm;
  readonly tagOf: (sequence: number, bytes: Uint8Array) => Uint8Array;
  readonly destroy: () => void;
}

function setUp(
  name: string,
  cipher: StreamCipher,
  provider: CryptoProvider,
  keys: DirectionKeys,
  mac: MacAlgorithm | undefined,
): CipherAndMac {
  if (mac === undefined) throw new SshError("local-usage", `"${name}" is never used without a MAC`);
  const macKey = provider.hmacKey(mac.hash, keys.macKey);
  const sequenceBytes = new Uint8Array(4);
  return {
    cipher,
    mac,
    // RFC 4253 §6.4: mac = MAC(key, sequence_number || packet). Truncated MACs take the first bytes.
    tagOf: (sequence, bytes) => {
      writeU32(sequenceBytes, 0, sequence);
      return macKey.compute(sequenceBytes, bytes).subarray(0, mac.tagLength);
    },
    destroy: () => {
      cipher.destroy();
      macKey.destroy();
    },
  };
}

function plainMacSealer({ cipher, mac, tagOf, destroy }: CipherAndMac): PacketSealer {
  return {
    blockSize,
    lengthOutsidePadding: false,
    tagLength: mac.tagLength,
    seal: (sequence, packet) => {
      const end = 4 + readU32(packet, 0);
      assertWholePacket(packet, end - 4, mac.tagLength);
      const plain = packet.subarray(0, end);
      packet.set(tagOf(sequence, plain), end);
      cipher.process(plain);
    },
    destroy,
  };
}

function plainMacOpener({ cipher, mac, tagOf, destroy }: CipherAndMac): PacketOpener {
  // The first block, decrypted ahead to learn the length; the packet itself is changed by open() only.
  const first = new Uint8Array(blockSize);
  let firstIsDecrypted = false;
  return {
    blockSize,
    lengthOutsidePadding: false,
    tagLength: mac.tagLength,
    headLength: blockSize,
    packetLength,
    open: (sequence, packet) => {
      const length = packetLength(sequence, packet);
      assertWholePacket(packet, length, mac.tagLength);
      firstIsDecrypted = false;
      const end = 4 + length;
      packet.set(first);
      cipher.process(packet.subarray(blockSize, end));
      // The order is the protocol's: the MAC covers the plain text. Nothing is handed out before it is checked.
      if (!bytesEqual(tagOf(sequence, packet.subarray(0, end)), packet.subarray(end)))
        throw new SshError("mac-mismatch", `opening a packet of ${length} bytes: the MAC is wrong`);
      return payloadOf(packet, length);
    },
    destroy: () => {
      destroy();
      first.fill(0);
    },
  };

  function packetLength(_sequence: number, head: Uint8Array): number {
    if (!firstIsDecrypted) {
      first.set(head.subarray(0, blockSize));
      cipher.process(first);
      firstIsDecrypted = true;
    }
    return readU32(first, 0);
  }
}

function etmSealer({ cipher, mac, tagOf, destroy }: CipherAndMac): PacketSealer {
  return {
    blockSize,
    lengthOutsidePadding: true,
    tagLength: mac.tagLength,
    seal: (sequence, packet) => {
      const end = 4 + readU32(packet, 0);
      assertWholePacket(packet, end - 4, mac.tagLength);
      cipher.process(packet.subarray(4, end));
      packet.set(tagOf(sequence, packet.subarray(0, end)), end);
    },
    destroy,
  };
}

function etmOpener({ cipher, mac, tagOf, destroy }: CipherAndMac): PacketOpener {
  return {
    blockSize,
    lengthOutsidePadding: true,
    tagLength: mac.tagLength,
    headLength: 4,
    packetLength: (_sequence, head) => readU32(head, 0),
    open: (sequence, packet) => {
      const length = readU32(packet, 0);
      assertWholePacket(packet, length, mac.tagLength);
      const end = 4 + length;
      // The MAC is checked before anything is decrypted.
      if (!bytesEqual(tagOf(sequence, packet.subarray(0, end)), packet.subarray(end)))
        throw new SshError("mac-mismatch", `opening a packet of ${length} bytes: the MAC is wrong`);
      cipher.process(packet.subarray(4, end));
      return payloadOf(packet, length);
    },
    destroy,
  };
}

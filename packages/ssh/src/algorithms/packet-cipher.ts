import { SshError } from "../errors.ts";
import { readU32 } from "../wire/reader.ts";
import type { CryptoProvider } from "./provider.ts";

/*
 * What the packet codec and the ciphers agree on.
 *
 * A packet is one piece of memory, the same for plain and sealed bytes (RFC 4253 §6):
 *
 *   packet_length (4) | padding_length (1) | payload | padding | tag (tagLength)
 *
 * so its size is 4 + packet_length + tagLength. Sealing and opening happen in place. `sequence` is the uint32 packet
 * number of that direction; the codec counts it, wraps it at 2^32 and resets it where strict key exchange says so.
 *
 * Sending: fill everything but the tag, choose the padding with `paddingLength()`, then `seal(sequence, packet)`.
 *
 * Receiving: when `headLength` bytes are there, `packetLength(sequence, head)` gives packet_length. The codec checks it
 * (`packetLengthProblem`) before it waits for, or allocates, the rest. When 4 + packet_length + tagLength bytes are
 * there, `open(sequence, packet)` gives a view of the payload. `packetLength` changes no byte and may be called again
 * for the same packet; after it comes exactly one `open`. A wrong tag is `mac-mismatch`, wrong padding or an empty
 * payload `malformed-packet`; after either the opener is of no more use.
 *
 * Where the runtime answers later, sealers and openers have a second door, `later`, for large packets. `begin` fixes the
 * nonce and gives a job, which the owner of the machine runs; `finish` takes the result when the packet's turn has come.
 */

export interface PacketLayout {
  /** What the padded part has to be a multiple of: 8, or the block size of the cipher when that is larger. */
  readonly blockSize: number;
  /** Whether packet_length lies outside the padded part (AEAD and encrypt-then-MAC). */
  readonly lengthOutsidePadding: boolean;
  readonly tagLength: number;
}

export interface PacketSealer extends PacketLayout {
  seal(sequence: number, packet: Uint8Array): void;
  readonly later?: LaterSealer | undefined;
  /** Overwrites key material as far as the runtime lets us. */
  destroy(): void;
}

export interface PacketOpener extends PacketLayout {
  /** How many bytes `packetLength` has to see: 4, or one block where the length is encrypted with the packet. */
  readonly headLength: number;
  /** What `open` gives is no view of the packet, and the packet stays as it was: its memory may serve again at once. */
  readonly opensApart?: boolean;
  packetLength(sequence: number, head: Uint8Array): number;
  open(sequence: number, packet: Uint8Array): Uint8Array;
  /** Present only where `packetLength` depends on nothing but the bytes it is given: boundaries are known ahead. */
  readonly later?: LaterOpener | undefined;
  destroy(): void;
}

/** Cryptography that the runtime does aside. It changes nothing here: its result is brought back to who has begun it. */
export interface CryptoJob {
  run(): Promise<Uint8Array | undefined>;
}

/** Gets jobs, to have them run. */
export interface JobSink {
  jobNeeded(job: CryptoJob): void;
}

/** Seals large packets aside, several at a time. */
export interface LaterSealer {
  /** Packets with fewer bytes than this, tag included, are sealed at once. */
  readonly leastBytes: number;
  /** `plain` is a packet without its tag. It keeps its place among all packets, and has to stay as it is. */
  begin(plain: Uint8Array): SealingJob;
}

export interface SealingJob extends CryptoJob {
  /** Writes the sealed packet to `target`: of what the job has given, or else, without it, sealed at once. */
  finish(target: Uint8Array, result?: Uint8Array): void;
}

/** Opens large packets aside, several at a time. */
export interface LaterOpener {
  /** Packets with fewer bytes than this, tag included, are opened at once. */
  readonly leastBytes: number;
  /** `ahead`: how many packets come before this one, counted from the one whose turn it is. */
  begin(ahead: number, packet: Uint8Array): CryptoJob;
  /** The payload of the packet whose turn it is, from what its job has given; takes the place of `open`. */
  finish(packetLength: number, result: Uint8Array | undefined): Uint8Array;
}

/** The keys of one direction (RFC 4253 §7.2); parts that the algorithms do not use are empty. */
export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
}

/** A cipher by its name in negotiation, and how it seals and opens packets. */
export interface CipherAlgorithm {
  readonly name: string;
  readonly keyLength: number;
  readonly ivLength: number;
  /** An authenticated cipher brings its own tag: the negotiated MAC is not used and may be absent. */
  readonly authenticated: boolean;
  /** Only its number ties a packet to its place (CVE-2023-48795): see `offer-order.ts`. */
  readonly numberIsNonce?: boolean;
  /** Comes from `legacy.ts`, and is named in the negotiated result. */
  readonly legacy?: boolean;
  /** Bytes after which keys have to be changed at the latest (RFC 4344 §3.2 and the limits of the mode). */
  readonly maxBytesPerKey: number;
  createSealer(provider: CryptoProvider, keys: DirectionKeys, mac: MacAlgorithm | undefined): PacketSealer;
  createOpener(provider: CryptoProvider, keys: DirectionKeys, mac: MacAlgorithm | undefined): PacketOpener;
}

/** A MAC by its name in negotiation. */
export interface MacAlgorithm {
  readonly name: string;
  readonly hash: "sha1" | "sha256" | "sha512";
  readonly keyLength: number;
  readonly tagLength: number;
  readonly encryptThenMac: boolean;
  /** Comes from `legacy.ts`, and is named in the negotiated result. */
  readonly legacy?: boolean;
}

/** How much padding a payload needs: the least that RFC 4253 §6 allows. */
export function paddingLength(layout: PacketLayout, payloadLength: number): number {
  const { blockSize } = layout;
  const unpadded = (layout.lengthOutsidePadding ? 1 : 5) + payloadLength;
  let padding = blockSize - (unpadded % blockSize);
  // RFC 4253 §6: at least four bytes of padding, and at least 16 bytes in all (without the MAC).
  while (padding < 4 || 5 + payloadLength + padding < 16) padding += blockSize;
  return padding;
}

/** What is wrong with a received packet_length, or `undefined`. To be asked before anything is allocated. */
export function packetLengthProblem(
  layout: PacketLayout,
  packetLength: number,
  maxPacketLength: number,
): "malformed-packet" | "packet-too-long" | undefined {
  if (packetLength > maxPacketLength) return "packet-too-long";
  const padded = packetLength + (layout.lengthOutsidePadding ? 0 : 4);
  // RFC 4253 §6: one byte of padding_length, a payload of at least one byte, four bytes of padding; whole blocks.
  // The minimum of 16 bytes is not enforced: peers count it differently when the length is outside the padding.
  return packetLength < 6 || padded % layout.blockSize !== 0 ? "malformed-packet" : undefined;
}

/** The payload inside an opened packet (with or without its tag), as a view. */
export function payloadOf(packet: Uint8Array, packetLength: number): Uint8Array {
  return payloadAt(packet, 4, packetLength);
}

/** The payload inside what follows packet_length, as a view. */
export function payloadInside(plain: Uint8Array): Uint8Array {
  return payloadAt(plain, 0, plain.length);
}

function payloadAt(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const padding = bytes[start] ?? 0;
  const payloadLength = length - 1 - padding;
  // RFC 4253 §6: at least four bytes of padding, and a payload that at least names its message.
  if (padding < 4 || payloadLength < 1)
    throw new SshError("malformed-packet", `opening a packet: ${padding} bytes of padding in ${length} bytes`);
  return bytes.subarray(start + 1, start + 1 + payloadLength);
}

/** Checks that the caller handed over exactly one packet. */
export function assertWholePacket(packet: Uint8Array, packetLength: number, tagLength: number): void {
  if (packet.length !== 4 + packetLength + tagLength)
    throw new SshError(
      "local-usage",
      `a packet of length ${packetLength} has ${4 + packetLength + tagLength} bytes, not ${packet.length}`,
    );
}

/** Before the first SSH_MSG_NEWKEYS: packets without encryption and without a MAC. */
export const plainSealer: PacketSealer = {
  blockSize: 8,
  lengthOutsidePadding: false,
  tagLength: 0,
  seal: (_sequence, packet) => assertWholePacket(packet, readU32(packet, 0), 0),
  destroy: () => {},
};

/** The receiving side of `plainSealer`. */
export const plainOpener: PacketOpener = {
  blockSize: 8,
  lengthOutsidePadding: false,
  tagLength: 0,
  headLength: 4,
  packetLength: (_sequence, head) => readU32(head, 0),
  open: (_sequence, packet) => {
    const length = readU32(packet, 0);
    assertWholePacket(packet, length, 0);
    return payloadOf(packet, length);
  },
  destroy: () => {},
};

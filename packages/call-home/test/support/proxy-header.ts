/** PROXY protocol §2.2.4. */
export const CRC32C = 0x03;

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

/** A header of version 2. The checksum of an extension for it is filled in when it has 4 bytes. */
export function proxyV2(command: number, family: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = parts.flatMap((part) => [...part]);
  const header = Uint8Array.from([...SIGNATURE, command, family, body.length >> 8, body.length & 0xff, ...body]);
  let at = header.length;
  for (const part of parts.toReversed()) {
    at -= part.length;
    if (part[0] === CRC32C && part.length === 7) new DataView(header.buffer).setUint32(at + 3, slowCrc32c(header));
  }
  return header;
}

export function tlv(type: number, length: number): Uint8Array {
  return Uint8Array.from([type, length >> 8, length & 0xff, ...new Array<number>(length).fill(0)]);
}

/** By polynomial division in binary digits: slow, and written otherwise than what it checks. */
function slowCrc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    remainder ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      const carry = remainder % 2n === 1n;
      remainder /= 2n;
      if (carry) remainder ^= 0x82f63b78n;
    }
  }
  return Number(remainder ^ 0xffffffffn);
}

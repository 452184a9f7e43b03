/** A packet before the first NEWKEYS. */
export function plainPacket(payload: Uint8Array): Uint8Array {
  const padding = 16 - ((5 + payload.length) % 8);
  const length = 1 + payload.length + padding;
  const packet = new Uint8Array(4 + length);
  packet.set([length >>> 24, length >>> 16, length >>> 8, length, padding]);
  packet.set(payload, 5);
  return packet;
}

/** Takes plain-text packets out of bytes that come in any pieces; the identification line is put aside. */
export class PlainPackets {
  version = "";
  #rest = new Uint8Array(0);

  push(bytes: Uint8Array | undefined): this {
    this.#rest = Uint8Array.from([...this.#rest, ...(bytes ?? [])]);
    if (this.version === "") {
      const end = this.#rest.indexOf(10);
      this.version = new TextDecoder().decode(this.#rest.subarray(0, end)).trimEnd();
      this.#rest = this.#rest.slice(end + 1);
    }
    return this;
  }

  /** The payload of the next packet. */
  next(): Uint8Array | undefined {
    if (this.#rest.length < 4) return undefined;
    const length = new DataView(this.#rest.buffer, this.#rest.byteOffset).getUint32(0);
    const packet = this.#rest.subarray(0, 4 + length);
    this.#rest = this.#rest.slice(4 + length);
    return packet.subarray(5, 4 + length - (packet[4] ?? 0));
  }

  /** What is left: after NEWKEYS it is encrypted. */
  get rest(): Uint8Array {
    return this.#rest;
  }
}

/** Cuts the plain-text beginning of a conversation into the identification line and packets. */
export function pieces(bytes: Uint8Array): Uint8Array[] {
  const result: Uint8Array[] = [];
  let at = 0;
  if (bytes[0] === 0x53) {
    at = bytes.indexOf(10) + 1;
    result.push(bytes.subarray(0, at));
  }
  while (at < bytes.length) {
    const length =
      ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    result.push(bytes.subarray(at, at + 4 + length));
    at += 4 + length;
    if (numberOf(result[result.length - 1] ?? bytes) !== 21) continue;
    // What follows NEWKEYS is encrypted.
    if (at < bytes.length) result.push(bytes.subarray(at));
    break;
  }
  return result;
}

/** The message number of a plain-text packet. */
export function numberOf(packet: Uint8Array): number {
  return packet[5] ?? -1;
}

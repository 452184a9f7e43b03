import { type CipherCell, IN_FLIGHT, PACKET_SIZES } from "./ciphers-cells.ts";

/*
 * What WebCrypto could give at best: its calls for one packet and next to nothing around them, packets in flight. AES-CTR with
 * hmac-sha2-256-etm no provider of ours does that way; beside it, AES-GCM.
 */

const KEY_BITS = [128, 256] as const;
const TAG_BYTES = 16;
/** Of the sequence number and packet_length, which the MAC covers too. */
const BEFORE_CIPHERTEXT = 8;

type OnePacket = () => Promise<void>;

export async function plainCallCells(): Promise<readonly CipherCell[]> {
  const cells: CipherCell[] = [];
  for (const bits of KEY_BITS) {
    for (const size of PACKET_SIZES) {
      const add = (cipher: string, packet: OnePacket): void =>
        void cells.push({ provider: "WebCrypto's calls alone", cipher, size, run: (count) => inFlight(packet, count) });
      add(`aes${bits}-gcm@openssh.com`, await gcmPacket(bits / 8, size));
      add(`aes${bits}-ctr`, await ctrPacket(bits / 8, size));
    }
  }
  return cells;
}

async function gcmPacket(keyBytes: number, size: number): Promise<OnePacket> {
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", new Uint8Array(keyBytes), "AES-GCM", false, ["encrypt", "decrypt"]);
  const plain = new Uint8Array(size + TAG_BYTES);
  const parameters = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: new Uint8Array(4) };
  return async () => {
    const sealed = await subtle.encrypt(parameters, key, plain);
    if ((await subtle.decrypt(parameters, key, sealed)).byteLength !== plain.length) throw new Error("not opened");
  };
}

async function ctrPacket(keyBytes: number, size: number): Promise<OnePacket> {
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", new Uint8Array(keyBytes), "AES-CTR", false, ["encrypt", "decrypt"]);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const macKey = await subtle.importKey("raw", new Uint8Array(32), hmac, false, ["sign", "verify"]);
  const plain = new Uint8Array(size + TAG_BYTES);
  const parameters = { name: "AES-CTR", counter: new Uint8Array(16), length: 128 };
  return async () => {
    const sealed = new Uint8Array(await subtle.encrypt(parameters, key, plain));
    const covered = new Uint8Array(BEFORE_CIPHERTEXT + sealed.length);
    covered.set(sealed, BEFORE_CIPHERTEXT);
    const tag = await subtle.sign("HMAC", macKey, covered);
    // Both at once: nobody sees the plain text before the MAC has been found right.
    const [right, opened] = await Promise.all([
      subtle.verify("HMAC", macKey, tag, covered),
      subtle.decrypt(parameters, key, sealed),
    ]);
    if (!right || opened.byteLength !== plain.length) throw new Error("not opened");
  };
}

async function inFlight(packet: OnePacket, count: number): Promise<void> {
  for (let done = 0; done < count; done += IN_FLIGHT) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, packet));
  }
}

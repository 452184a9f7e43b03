import { cbc } from "@noble/ciphers/aes.js";
import { SshError } from "../../errors.ts";
import type { CipherAlgorithm, PacketOpener } from "../packet-cipher.ts";
import type { CryptoProvider, StreamCipher } from "../provider.ts";
import { openerWithMac, sealerWithMac } from "./cipher-with-mac.ts";

// RFC 4253 §6.3. Only `legacy.ts` gives them away.
export const aes256Cbc: CipherAlgorithm = /* @__PURE__ */ aesCbc("aes256-cbc", 32);
export const aes192Cbc: CipherAlgorithm = /* @__PURE__ */ aesCbc("aes192-cbc", 24);
export const aes128Cbc: CipherAlgorithm = /* @__PURE__ */ aesCbc("aes128-cbc", 16);

function aesCbc(name: string, keyLength: number): CipherAlgorithm {
  return {
    name,
    keyLength,
    ivLength: 16,
    authenticated: false,
    legacy: true,
    maxBytesPerKey: 2 ** 30,
    createSealer: (provider, keys, mac) =>
      sealerWithMac(name, chained(keys.key, keys.iv, "encrypt"), provider, keys, mac),
    createOpener: (provider, keys, mac) => {
      const opener = openerWithMac(name, chained(keys.key, keys.iv, "decrypt"), provider, keys, mac);
      // With encrypt-then-MAC the length was never encrypted.
      return mac?.encryptThenMac === true ? opener : withoutLengthOracle(opener, provider);
    },
  };
}

/** CBC from packet to packet: the last block of one is the initialization vector of the next (RFC 4253 §6.3). */
function chained(key: Uint8Array, iv: Uint8Array, direction: "encrypt" | "decrypt"): StreamCipher {
  const ownKey = key.slice();
  let chain = iv.slice();
  return {
    process: (bytes) => {
      if (bytes.length === 0) return;
      const input = bytes.slice();
      const output = cbc(ownKey, chain, { disablePadding: true })[direction](input);
      chain = (direction === "encrypt" ? output : input).slice(-BLOCK);
      bytes.set(output);
    },
    destroy: () => {
      ownKey.fill(0);
      chain.fill(0);
    },
  };
}

/**
 * CVE-2008-5161: who may choose a ciphertext block and learns when a decrypted length is refused learns what the block
 * holds. So a wrong length is read on as if it were right, and ends like a wrong MAC.
 */
function withoutLengthOracle(opener: PacketOpener, provider: CryptoProvider): PacketOpener {
  const decrypted = (sequence: number, head: Uint8Array): number => opener.packetLength(sequence, head);
  return {
    ...opener,
    packetLength: (sequence, head) => {
      const length = decrypted(sequence, head);
      return plausible(length) ? length : PRETENDED_LENGTH;
    },
    open: (sequence, packet) => {
      if (plausible(decrypted(sequence, packet))) return opener.open(sequence, packet);
      // About the time that a MAC takes.
      provider.hash("sha256", packet);
      throw new SshError("mac-mismatch", `opening a packet of ${PRETENDED_LENGTH} bytes: the MAC is wrong`);
    },
  };
}

const BLOCK = 16;

/** The default of the longest packet after the login; before it the reader's own limit is lower. */
const MAX_LENGTH = 256 * 1024;

/** A length that is refused by nobody, before the login and after it. */
const PRETENDED_LENGTH = 32 * 1024 - 4;

function plausible(length: number): boolean {
  return length >= 12 && length <= MAX_LENGTH && (length + 4) % BLOCK === 0;
}

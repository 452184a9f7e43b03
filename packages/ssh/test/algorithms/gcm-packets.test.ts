import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { aes128Gcm } from "../../src/algorithms/ciphers/aes-gcm.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { fromHex, toHex } from "../wire/hex.ts";

const root = corpus();

// The files are whole read buffers: a packet, then what was left in memory. The other folder beside this one has no IV.
describe.runIf(root !== undefined)("AES-GCM packets captured from a Java server", () => {
  const read = (name: string) => Uint8Array.from(readFileSync(join(root ?? "", "ssh/packets/gcm/mina-sshd", name)));

  it("are opened one after the other with one key and a counting IV", () => {
    const keys = { key: read("s2c.key.bin").slice(0, 16), iv: read("s2c.iv.bin").slice(0, 12), macKey: fromHex("") };
    const opener = aes128Gcm.createOpener(nobleProvider, keys, undefined);
    const payloads = [1, 2, 3].map((number) => {
      const bytes = read(`client.receive.${number}.bin`);
      return toHex(opener.open(0, bytes.subarray(0, 4 + opener.packetLength(0, bytes) + 16)));
    });
    // SSH_MSG_SERVICE_ACCEPT "ssh-userauth", then SSH_MSG_USERAUTH_FAILURE and SSH_MSG_USERAUTH_SUCCESS.
    expect(payloads[0]).toBe("060000000c7373682d7573657261757468");
    expect(payloads.map((payload) => payload.slice(0, 2))).toEqual(["06", "33", "34"]);
    const first = read("client.decrypted.1.bin");
    expect(toHex(first.subarray(5, 5 + 17))).toBe(payloads[0]);
  });
});

describe("the nonces of AES-GCM (RFC 5647 §7.1)", () => {
  it("keep their fixed bytes and count in 64 bits, which wrap around", () => {
    for (const [iv, following] of [
      ["aabbccdd00000000ffffffff", "aabbccdd0000000100000000"],
      ["aabbccdd7fffffffffffffff", "aabbccdd8000000000000000"],
      ["ffffffffffffffffffffffff", "ffffffff0000000000000000"],
    ] as const) {
      const used: string[] = [];
      const provider: CryptoProvider = {
        ...nobleProvider,
        aesGcm: () => ({
          seal: (nonce) => void used.push(toHex(nonce)),
          open: () => false,
          destroy: () => {},
        }),
      };
      const keys = { key: new Uint8Array(16), iv: fromHex(iv), macKey: fromHex("") };
      const sealer = aes128Gcm.createSealer(provider, keys, undefined);
      const packet = new Uint8Array(4 + 16 + 16);
      packet[3] = 16;
      for (let i = 0; i < 2; i++) sealer.seal(0, packet);
      expect(used).toEqual([iv, following]);
    }
  });

  it("are the same for packets that are opened ahead of their turn", () => {
    const used: string[] = [];
    const provider: CryptoProvider = {
      ...nobleProvider,
      aesGcm: () => ({
        seal: () => {},
        open: () => false,
        later: {
          leastBytes: 0,
          seal: (nonce) => Promise.resolve(nonce),
          open: (nonce) => {
            used.push(toHex(nonce));
            return Promise.resolve(undefined);
          },
        },
        destroy: () => {},
      }),
    };
    const keys = { key: new Uint8Array(16), iv: fromHex("aabbccdd00000000fffffffe"), macKey: fromHex("") };
    const { later } = aes128Gcm.createOpener(provider, keys, undefined);
    for (const ahead of [0, 1, 2, 3]) void later?.begin(ahead, new Uint8Array(36)).run();
    expect(used).toEqual([
      "aabbccdd00000000fffffffe",
      "aabbccdd00000000ffffffff",
      "aabbccdd0000000100000000",
      "aabbccdd0000000100000001",
    ]);
  });
});

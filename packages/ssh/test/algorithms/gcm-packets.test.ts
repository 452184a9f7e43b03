import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { aes128Gcm } from "../../src/algorithms/ciphers/aes-gcm.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
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

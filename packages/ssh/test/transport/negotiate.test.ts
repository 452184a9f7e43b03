import { describe, expect, it } from "vitest";
import { type AlgorithmPreferences, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import type { KexInit } from "../../src/messages/kex.ts";
import { guessedWrong, makeKexInit, negotiate } from "../../src/transport/negotiate.ts";
import { errorOf } from "../session/machine-pair.ts";

const offer = defaultClientAlgorithms;
const ours = makeKexInit("client", offer, new Uint8Array(16), true);
const theirs = (changes: Partial<KexInit> = {}): KexInit => ({
  ...makeKexInit("server", offer, new Uint8Array(16), true),
  ...changes,
});

describe("algorithm negotiation (RFC 4253 §7.1)", () => {
  it("takes the first algorithm of the client that the server has, for each list on its own", () => {
    const agreed = negotiate(
      "client",
      offer,
      ours,
      theirs({
        kexAlgorithms: ["ecdh-sha2-nistp256", "curve25519-sha256"],
        encryptionClientToServer: ["aes128-ctr", "aes256-ctr"],
        encryptionServerToClient: ["aes128-gcm@openssh.com"],
        macClientToServer: ["hmac-sha2-512", "hmac-sha2-256"],
        macServerToClient: [],
      }),
    );
    expect(agreed.kex.name).toBe("curve25519-sha256");
    expect(agreed.clientToServer.cipher.name).toBe("aes256-ctr");
    expect(agreed.clientToServer.mac?.name).toBe("hmac-sha2-256");
    // An authenticated cipher needs no MAC, so an empty list does not matter there.
    expect(agreed.serverToClient).toMatchObject({ cipher: { name: "aes128-gcm@openssh.com" }, mac: undefined });
  });

  it("gives both sides the same answer", () => {
    const server = theirs({ encryptionClientToServer: ["aes192-ctr", "aes128-ctr"] });
    expect(negotiate("client", offer, ours, server)).toEqual(negotiate("server", offer, ours, server));
  });

  it("names the list without a common algorithm and what the peer offers", () => {
    const lists: readonly [keyof KexInit, string][] = [
      ["kexAlgorithms", "key exchange method"],
      ["serverHostKeyAlgorithms", "host key algorithm"],
      ["encryptionClientToServer", "cipher client to server"],
      ["encryptionServerToClient", "cipher server to client"],
      ["compressionClientToServer", "compression client to server"],
      ["compressionServerToClient", "compression server to client"],
    ];
    for (const [list, what] of lists) {
      for (const names of [["strange@example.com"], []]) {
        const error = errorOf(() => negotiate("client", offer, ours, theirs({ [list]: names })));
        expect(error).toMatchObject({ code: "no-common-algorithm", fault: "peer" });
        expect(error.message).toContain(what);
        expect(error.message).toContain(`"${names.join(",")}"`);
      }
    }
    const ctr: AlgorithmPreferences = { ...offer, cipher: offer.cipher.filter(({ name }) => name === "aes128-ctr") };
    const init = makeKexInit("client", ctr, new Uint8Array(16), true);
    expect(errorOf(() => negotiate("client", ctr, init, theirs({ macServerToClient: ["x"] }))).message).toContain(
      "MAC",
    );
  });

  it("leaves group exchange out of what a server offers (RFC 4419 §3)", () => {
    const name = "diffie-hellman-group-exchange-sha256";
    expect(ours.kexAlgorithms).toContain(name);
    expect(theirs().kexAlgorithms).not.toContain(name);
    expect(theirs().kexAlgorithms).toContain("diffie-hellman-group14-sha256");
  });

  it("never takes an indicator for a key exchange method (RFC 8308 §2.2)", () => {
    const indicators = ["ext-info-c", "kex-strict-c-v00@openssh.com", "ext-info-s"];
    const error = errorOf(() => negotiate("client", offer, ours, theirs({ kexAlgorithms: indicators })));
    expect(error.code).toBe("no-common-algorithm");
  });

  it("offers the indicators in the first exchange only, and no compression but none", () => {
    expect(ours.kexAlgorithms).toContain("ext-info-c");
    expect(ours.kexAlgorithms).toContain("kex-strict-c-v00@openssh.com");
    const later = makeKexInit("client", offer, new Uint8Array(16), false);
    expect(later.kexAlgorithms).toEqual(offer.keyExchange.map(({ name }) => name));
    expect([...ours.compressionClientToServer, ...ours.compressionServerToClient]).toEqual(["none", "none"]);
    expect(ours.firstKexPacketFollows).toBe(false);
  });

  it("knows a wrong guess by the first names of both lists (RFC 4253 §7)", () => {
    const [kex = "", ...others] = ours.kexAlgorithms;
    expect(guessedWrong(theirs({ firstKexPacketFollows: true }), ours)).toBe(false);
    expect(guessedWrong(theirs({ kexAlgorithms: [...others, kex] }), ours)).toBe(false);
    expect(guessedWrong(theirs({ firstKexPacketFollows: true, kexAlgorithms: [...others, kex] }), ours)).toBe(true);
    const keys = [...ours.serverHostKeyAlgorithms].reverse();
    expect(guessedWrong(theirs({ firstKexPacketFollows: true, serverHostKeyAlgorithms: keys }), ours)).toBe(true);
  });
});

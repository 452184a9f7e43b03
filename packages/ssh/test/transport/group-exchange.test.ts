import { describe, expect, it } from "vitest";
import { startDiffieHellman } from "../../src/algorithms/kex/diffie-hellman.ts";
import { groupExchangeSha256 } from "../../src/algorithms/kex/group-exchange.ts";
import { modpGroup } from "../../src/algorithms/kex/modp-groups.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { AlgorithmPreferences } from "../../src/algorithms/registry.ts";
import { decodeGexInit, decodeGexRequest, encodeGexGroup, encodeGexReply } from "../../src/messages/group-exchange.ts";
import { decodeKexInit, encodeKexInit, encodeNewKeys } from "../../src/messages/kex.ts";
import { decodeServiceRequest } from "../../src/messages/transport.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { makeFreshKeys } from "../../src/transport/fresh-keys.ts";
import { judgeMessage } from "../../src/transport/legal-messages.ts";
import { makeKexInit, negotiate } from "../../src/transport/negotiate.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { answerClient, clientOptions, errorOf, hostKey, seededRandom, serverOptions } from "../session/machine-pair.ts";
import { quickCrypto } from "../session/quick-crypto.ts";
import { PlainPackets, plainPacket } from "./plain-packets.ts";

const algorithms: AlgorithmPreferences = {
  ...clientOptions().algorithms,
  keyExchange: [groupExchangeSha256],
  cipher: quickCrypto.cipher,
};

/** A server written by hand: ours never offers the method. */
class GexServer {
  readonly client = new SshClientMachine(clientOptions({ algorithms }));
  readonly packets = new PlainPackets();
  readonly kexInit: Uint8Array;
  clientKexInit = new Uint8Array(0);

  constructor(strict = true) {
    const init = makeKexInit("client", algorithms, new Uint8Array(16), false);
    const indicators = strict ? ["kex-strict-s-v00@openssh.com"] : [];
    this.kexInit = encodeKexInit({ ...init, kexAlgorithms: [groupExchangeSha256.name, ...indicators] });
  }

  /** Up to the client's request for a group. */
  start(): this {
    this.client.receive(new TextEncoder().encode("SSH-2.0-gex\r\n"));
    this.send(this.kexInit);
    this.clientKexInit = this.receive(20).slice();
    expect(decodeGexRequest(this.receive(34))).toEqual({ type: "gexRequest", min: 2048, preferred: 3072, max: 8192 });
    return this;
  }

  /** Up to the client's public value. */
  sendGroup(prime: Uint8Array, generator: Uint8Array): Uint8Array {
    this.send(encodeGexGroup({ type: "gexGroup", prime, generator }));
    return decodeGexInit(this.receive(32)).clientPublic;
  }

  send(payload: Uint8Array): void {
    this.client.receive(plainPacket(payload));
  }

  receive(number: number): Uint8Array {
    const payload = this.packets.push(this.client.takeOutput()).next() ?? new Uint8Array(0);
    expect(payload[0]).toBe(number);
    return payload;
  }
}

const group = modpGroup(14);
/** The bytes inside the mpint of the prime, whose top bit is set. */
const primeBytes = Uint8Array.of(0, ...Buffer.from(group.prime.toString(16), "hex"));
const generatorBytes = Uint8Array.of(2);

describe("group exchange of a client (RFC 4419 §3)", () => {
  for (const [name, prime, strict] of [
    ["", primeBytes, true],
    [" when its prime came with superfluous zeros", Uint8Array.of(0, 0, ...primeBytes), true],
    [" when the server is not strict, and says so", primeBytes, false],
  ] as const) {
    it(`hashes min, n, max, p and g, and gives keys that both sides have${name}`, () => {
      const server = new GexServer(strict).start();
      const clientPublic = server.sendGroup(prime, generatorBytes);
      const { publicValue, finish } = startDiffieHellman("test", group, seededRandom(7));
      const secret = finish(clientPublic);
      const transcript = new SshWriter(4096)
        .text(server.packets.version)
        .text("SSH-2.0-gex")
        .string(server.clientKexInit)
        .string(server.kexInit)
        .string(hostKey.publicBlob)
        .u32(2048)
        .u32(3072)
        .u32(8192)
        .string(prime)
        .string(generatorBytes)
        .string(clientPublic)
        .string(publicValue)
        .bytes(secret.encoded)
        .take();
      const hash = nobleProvider.hash("sha256", transcript);
      const signature = hostKey.sign(hash, hostKey.type);
      server.send(
        encodeGexReply({ type: "gexReply", hostKey: hostKey.publicBlob, serverPublic: publicValue, signature }),
      );
      for (let event = server.client.nextEvent(); event !== undefined; event = server.client.nextEvent())
        answerClient(server.client, event, {});
      server.receive(21);
      server.send(encodeNewKeys());
      expect(server.client.negotiated).toMatchObject({ kex: groupExchangeSha256.name, strictKex: strict });

      const [theirs, ours] = [decodeKexInit(server.clientKexInit), decodeKexInit(server.kexInit)];
      const agreed = negotiate("client", algorithms, theirs, ours);
      const { opener } = makeFreshKeys(nobleProvider, "server", agreed, secret, hash, hash);
      const sealed = Uint8Array.from([...server.packets.rest, ...(server.client.takeOutput() ?? [])]);
      // KEXINIT, GEX_REQUEST, GEX_INIT and NEWKEYS came before: only strict key exchange starts again at 0.
      const number = strict ? 0 : 4;
      expect(opener.packetLength(number, sealed)).toBe(sealed.length - 4 - opener.tagLength);
      expect(decodeServiceRequest(opener.open(number, sealed)).service).toBe("ssh-userauth");
    });
  }

  it("ends when the group is not acceptable", () => {
    for (const [prime, generator] of [
      [primeBytes, Uint8Array.of(1)],
      [primeBytes.subarray(0, 129), generatorBytes],
      [primeBytes.subarray(1), generatorBytes],
    ] as const) {
      const server = new GexServer().start();
      expect(errorOf(() => server.sendGroup(prime, generator))).toMatchObject({
        code: "key-exchange-failed",
        fault: "peer",
      });
    }
  });

  it("ends when a signature is over another group than the one that was used", () => {
    const server = new GexServer().start();
    server.sendGroup(primeBytes, generatorBytes);
    const { publicValue } = startDiffieHellman("test", group, seededRandom(7));
    const signature = hostKey.sign(new Uint8Array(32), hostKey.type);
    const reply = { type: "gexReply", hostKey: hostKey.publicBlob, serverPublic: publicValue, signature } as const;
    expect(errorOf(() => server.send(encodeGexReply(reply)))).toMatchObject({ code: "host-key-signature-invalid" });
  });

  for (const phase of ["initial-gex-group", "initial-gex-reply"] as const) {
    it(`takes its next message and no other, in phase ${phase}: each number`, () => {
      for (let number = 0; number < 256; number++) {
        const server = new GexServer().start();
        if (phase === "initial-gex-reply") server.sendGroup(primeBytes, generatorBytes);
        const error = errorOf(() => server.send(Uint8Array.of(number, 0, 0, 0, 0)));
        if (judgeMessage("client", phase, number, true) === "refuse")
          expect(error, `message ${number}`).toMatchObject({ code: "strict-kex-violation", fault: "peer" });
        else expect(error, `message ${number}`).toMatchObject({ layer: "ssh", fault: "peer" });
      }
    });
  }

  it("is not offered by a server, whatever its list says", () => {
    const server = new SshServerMachine(serverOptions({ algorithms }));
    server.receive(new TextEncoder().encode("SSH-2.0-client\r\n"));
    const kexInit = new PlainPackets().push(server.takeOutput()).next() ?? new Uint8Array(0);
    expect(decodeKexInit(kexInit).kexAlgorithms).toEqual(["ext-info-s", "kex-strict-s-v00@openssh.com"]);
  });
});

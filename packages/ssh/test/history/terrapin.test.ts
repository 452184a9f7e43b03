import { describe, expect, it } from "vitest";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { encodeIgnore } from "../../src/messages/transport.ts";
import { errorOf, MachinePair } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { numberOf, pieces, plainPacket } from "../transport/plain-packets.ts";

/*
 * CVE-2023-48795. The attack needs two steps: slip packets in before encryption, which moves the receiver's packet number
 * on; then drop as many encrypted ones, which moves it back. `transport/key-exchange.test.ts` tries the first step at each
 * place with each message; here a man in the middle does both, with every cipher that has been a victim and one that has not.
 */

const suites = [
  ["chacha20-poly1305@openssh.com", ""],
  ["aes128-ctr", "hmac-sha2-256-etm@openssh.com"],
  ["aes256-gcm@openssh.com", ""],
  ["aes256-ctr", "hmac-sha2-512"],
] as const;

const directions = ["toClient", "toServer"] as const;

describe("CVE-2023-48795 Terrapin", () => {
  for (const [cipherName, macName] of suites) {
    const suite = `${cipherName} ${macName}`.trimEnd();
    for (const direction of directions) {
      it(`a packet slipped in and the first encrypted one dropped, ${direction}, ${suite}`, () => {
        for (const before of [20, direction === "toClient" ? 31 : 30, 21]) {
          const pair = pairWith(cipherName, macName);
          attack(pair, direction, { slipInBefore: before, drop: 1 });
          const error = errorOf(() => pair.run());
          expect(error).toMatchObject({ code: "strict-kex-violation", fault: "peer" });
          expectNobodyIn(pair);
        }
      });

      it(`one, two or three first encrypted packets dropped, ${direction}, ${suite}`, () => {
        for (const drop of [1, 2, 3]) {
          const pair = pairWith(cipherName, macName);
          attack(pair, direction, { drop });
          // Either the next packet has the wrong number, or nothing more comes at all: never a login.
          try {
            pair.run();
          } catch (error) {
            // A CTR stream that has lost packets gives a length out of nothing before it gives a wrong MAC.
            expect(["mac-mismatch", "packet-too-long", "malformed-packet"]).toContain(
              (error as { code?: string }).code,
            );
          }
          expectNobodyIn(pair);
        }
      });
    }
  }

  it("both KEXINITs name the countermeasure in the first exchange, and only there", () => {
    const seen: string[] = [];
    const pair = new MachinePair();
    const watch = (bytes: Uint8Array) => {
      seen.push(Buffer.from(bytes).toString("latin1"));
      return [bytes];
    };
    pair.toClient = watch;
    pair.toServer = watch;
    pair.run();
    expect(seen.filter((text) => text.includes("kex-strict-c-v00@openssh.com")).length).toBe(1);
    expect(seen.filter((text) => text.includes("kex-strict-s-v00@openssh.com")).length).toBe(1);
    expect(pair.client.negotiated?.strictKex).toBe(true);
    expect(pair.server.negotiated?.strictKex).toBe(true);
  });

  it("the countermeasure struck out of one KEXINIT on the way ends the exchange by its signature", () => {
    for (const direction of directions) {
      const pair = new MachinePair();
      const name = direction === "toClient" ? "kex-strict-s" : "kex-strict-c";
      pair[direction] = (bytes) => {
        const text = Buffer.from(bytes).toString("latin1");
        return [Uint8Array.from(Buffer.from(text.replace(name, name.replace("strict", "stricT")), "latin1"))];
      };
      const { code } = errorOf(() => pair.run());
      expect(code).toBe("host-key-signature-invalid");
      expectNobodyIn(pair);
    }
  });
});

function pairWith(cipherName: string, macName: string): MachinePair {
  const algorithms = {
    ...quickCrypto,
    cipher: defaultClientAlgorithms.cipher.filter(({ name }) => name === cipherName),
    mac: defaultClientAlgorithms.mac.filter(({ name }) => macName === "" || name === macName),
  };
  return new MachinePair({ client: { algorithms }, server: { algorithms, hostKeys: [quickSigner] } });
}

/** A man in the middle of one direction, who knows where the plain text ends and packets begin. */
function attack(
  pair: MachinePair,
  direction: "toClient" | "toServer",
  { slipInBefore, drop }: { slipInBefore?: number; drop: number },
): void {
  const ignore = plainPacket(encodeIgnore({ type: "ignore", data: new Uint8Array(3) }));
  let plain = true;
  let left = drop;
  // One call of this is one write of a machine: behind NEWKEYS a write is one packet or a few.
  const dropped = (bytes: Uint8Array): readonly Uint8Array[] => (left-- > 0 ? [] : [bytes]);
  pair[direction] = (bytes) => {
    if (!plain) return dropped(bytes);
    return pieces(bytes).flatMap((piece) => {
      if (!plain) return dropped(piece);
      const isPacket = piece[0] === 0;
      if (isPacket && numberOf(piece) === 21) plain = false;
      return isPacket && numberOf(piece) === slipInBefore ? [ignore, piece] : [piece];
    });
  };
}

function expectNobodyIn(pair: MachinePair): void {
  expect(pair.clientEvent("ready")).toBe(undefined);
  expect(pair.serverEvent("ready")).toBe(undefined);
  expect(pair.serverEvent("authAttempt")).toBe(undefined);
}

import { describe, expect, it } from "vitest";
import { encodeServiceAccept, encodeServiceRequest } from "../../src/messages/transport.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { judgeMessage, type ReceivePhase, type Role } from "../../src/transport/legal-messages.ts";
import { clientOptions, errorOf, serverOptions } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";

/** The same rules written down a second time, by number: what each role takes in each phase. */
const allowed: Record<ReceivePhase, Record<Role, readonly number[]>> = {
  "initial-kexinit": { client: [1, 2, 3, 4, 20], server: [1, 2, 3, 4, 20] },
  "initial-kex": { client: [1, 2, 3, 4, 31], server: [1, 2, 3, 4, 30] },
  "initial-gex-group": { client: [1, 2, 3, 4, 31], server: [1, 2, 3, 4] },
  "initial-gex-reply": { client: [1, 2, 3, 4, 33], server: [1, 2, 3, 4] },
  "initial-newkeys": { client: [1, 2, 3, 4, 21], server: [1, 2, 3, 4, 21] },
  service: { client: [1, 2, 3, 4, 6, 7], server: [1, 2, 3, 4, 5, 7] },
  authentication: { client: [1, 2, 3, 4, 7, 51, 52, 53, 60], server: [1, 2, 3, 4, 50, 61] },
  open: {
    client: [1, 2, 3, 4, 20, 80, 81, 82, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100],
    server: [1, 2, 3, 4, 20, 80, 81, 82, 90, 93, 94, 95, 96, 97, 98, 99, 100],
  },
  "rekey-kex": { client: [1, 2, 3, 4, 31], server: [1, 2, 3, 4, 30] },
  "rekey-gex-group": { client: [1, 2, 3, 4, 31], server: [1, 2, 3, 4] },
  "rekey-gex-reply": { client: [1, 2, 3, 4, 33], server: [1, 2, 3, 4] },
  "rekey-newkeys": { client: [1, 2, 3, 4, 21], server: [1, 2, 3, 4, 21] },
};

/** Numbers that nobody has assigned to something this package knows, by phase (RFC 4253 §11.4). */
function isUnknown(phase: ReceivePhase, number: number): boolean {
  if (number >= 8 && number <= 19) return true;
  if (phase !== "service" && phase !== "authentication" && phase !== "open") return false;
  if (number >= 22 && number <= 29) return true;
  if (phase === "authentication") return number >= 54 && number <= 59;
  return phase === "open" && ((number >= 83 && number <= 89) || number >= 101);
}

const phases = Object.keys(allowed) as ReceivePhase[];
const roles: readonly Role[] = ["client", "server"];

describe("the table of legal messages (RFC 4253 §7.1, RFC 4252 §6, RFC 4254 §9)", () => {
  for (const phase of phases) {
    for (const role of roles) {
      it(`judges each of the 256 numbers for a ${role} in phase ${phase}`, () => {
        for (let number = 0; number < 256; number++) {
          const late = phase === "open" && role === "server" && number === 50;
          const expected = allowed[phase][role].includes(number)
            ? "deliver"
            : late
              ? "ignore"
              : isUnknown(phase, number)
                ? "unimplemented"
                : "refuse";
          expect(judgeMessage(role, phase, number, false), `message ${number}`).toBe(expected);
        }
      });
    }
  }

  it("lets nothing but the exchange itself into a strict first key exchange", () => {
    for (const role of roles) {
      for (let number = 0; number < 256; number++) {
        const method = role === "client" ? 31 : 30;
        expect(judgeMessage(role, "initial-kex", number, true)).toBe(
          number === 1 || number === method ? "deliver" : "refuse",
        );
        expect(judgeMessage(role, "initial-newkeys", number, true)).toBe(
          number === 1 || number === 21 ? "deliver" : "refuse",
        );
        for (const [phase, awaited] of [
          ["initial-gex-group", 31],
          ["initial-gex-reply", 33],
        ] as const)
          expect(judgeMessage(role, phase, number, true)).toBe(
            number === 1 || (role === "client" && number === awaited) ? "deliver" : "refuse",
          );
      }
    }
  });
});

/** Brings a machine and its peer to the moment where the peer may send what the phase says. */
function inPhase(role: Role, phase: ReceivePhase): { machine: SshClientMachine | SshServerMachine; peer: RawPeer } {
  const peer = new RawPeer(role === "client" ? "server" : "client");
  const machine =
    role === "client"
      ? new SshClientMachine(clientOptions({ algorithms: quickCrypto }))
      : new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner] }));
  peer.exchange(machine);
  if (phase === "service") return { machine, peer };
  if (machine instanceof SshServerMachine) {
    peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" })).exchange(machine);
    peer.transport.enter("authentication");
    if (phase === "authentication") return { machine, peer };
    peer.send(passwordRequest()).exchange(machine);
  } else {
    peer.send(encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" })).exchange(machine);
    machine.login("ada", [{ method: "none" }]);
    peer.transport.enter("authentication");
    peer.exchange(machine);
    if (phase === "authentication") return { machine, peer };
    peer.send(52).exchange(machine);
  }
  peer.transport.enter("open");
  return { machine, peer };
}

function passwordRequest(): Uint8Array {
  const text = (value: string) => [0, 0, 0, value.length, ...new TextEncoder().encode(value)];
  return Uint8Array.from([50, ...text("ada"), ...text("ssh-connection"), ...text("password"), 0, ...text("secret")]);
}

/** A plain packet: before the first NEWKEYS there is no encryption. */
function plainPacket(...payload: number[]): Uint8Array {
  const padding = 8 - ((5 + payload.length) % 8) + 8;
  return Uint8Array.from([0, 0, 0, 1 + payload.length + padding, padding, ...payload, ...new Array(padding).fill(0)]);
}

const refusals: readonly string[] = ["message-not-allowed", "strict-kex-violation"];

describe("a machine that gets a message at the wrong time", () => {
  for (const role of roles) {
    for (const phase of ["service", "authentication", "open"] as const) {
      it(`ends the connection: ${role}, ${phase}, each number`, () => {
        for (let number = 0; number < 256; number++) {
          const { machine, peer } = inPhase(role, phase);
          const verdict = judgeMessage(role, phase, number, true);
          peer.takeNumbers();
          peer.send(number, 0, 0, 0, 0);
          if (verdict === "refuse") {
            const error = errorOf(() => peer.exchange(machine));
            expect(refusals, `message ${number}: ${error.message}`).toContain(error.code);
            expect(error.fault).toBe("peer");
            // The peer is told, and the machine gives the same error from now on.
            expect(errorOf(() => peer.transport.receive(machine.takeOutput() ?? new Uint8Array(0)))).toMatchObject({
              code: "disconnected-by-peer",
            });
            expect(errorOf(() => machine.receive(new Uint8Array(1)))).toBe(error);
            expect(errorOf(() => machine.advance(1))).toBe(error);
          } else if (verdict === "unimplemented" || verdict === "ignore") {
            const before = machine.outputLength;
            peer.exchange(machine);
            expect(machine.failure, `message ${number}`).toBe(undefined);
            expect(before).toBe(0);
          } else {
            // Legal here, though its content may be wrong: then it is the peer's fault and nothing else.
            try {
              peer.exchange(machine);
            } catch (error) {
              expect(error, `message ${number}`).toMatchObject({ layer: "ssh", fault: "peer" });
            }
          }
        }
      });
    }

    it(`ends the connection: ${role}, before and in the strict first key exchange, each number in plain text`, () => {
      for (const phase of ["initial-kexinit", "initial-kex"] as const) {
        for (let number = 0; number < 256; number++) {
          const peer = new RawPeer(role === "client" ? "server" : "client");
          const machine =
            role === "client"
              ? new SshClientMachine(clientOptions({ algorithms: quickCrypto }))
              : new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner] }));
          peer.transport.receive(machine.takeOutput() ?? new Uint8Array(0));
          const greeting = peer.transport.takeOutput() ?? new Uint8Array(0);
          const end = greeting.indexOf(10) + 1;
          machine.receive(greeting.subarray(0, phase === "initial-kexinit" ? end : greeting.length));
          const verdict = judgeMessage(role, phase, number, phase === "initial-kex");
          const inject = () => machine.receive(plainPacket(number, 0, 0, 0, 0));
          if (verdict === "refuse") {
            const expected = phase === "initial-kex" ? "strict-kex-violation" : "message-not-allowed";
            expect(errorOf(inject).code, `message ${number}`).toBe(expected);
          } else {
            try {
              inject();
            } catch (error) {
              expect(error, `message ${number}`).toMatchObject({ layer: "ssh", fault: "peer" });
            }
          }
        }
      }
    });

    it(`ends the connection: ${role}, after the peer's KEXINIT of a later key exchange, each number`, () => {
      for (let number = 0; number < 256; number++) {
        const { machine, peer } = inPhase(role, "open");
        peer.transport.startRekey();
        // The peer's KEXINIT is the last thing before the wrong message; the peer itself would hold it back.
        const kexInit = peer.transport.takeOutput() ?? new Uint8Array(0);
        machine.receive(kexInit);
        sendAnyway(peer, number, 0, 0, 0, 0);
        const verdict = judgeMessage(role, "rekey-kex", number, true);
        const inject = () => machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
        if (verdict === "refuse") expect(errorOf(inject).code, `message ${number}`).toBe("message-not-allowed");
        else {
          try {
            inject();
          } catch (error) {
            expect(error, `message ${number}`).toMatchObject({ layer: "ssh", fault: "peer" });
          }
        }
      }
    });
  }

  it("answers an unknown message with SSH_MSG_UNIMPLEMENTED and its packet number (RFC 4253 §11.4)", () => {
    const { machine, peer } = inPhase("server", "open");
    const { transport } = peer;
    peer.send(200, 1, 2, 3);
    machine.receive(transport.takeOutput() ?? new Uint8Array(0));
    const answer = machine.takeOutput();
    expect(answer).toBeDefined();
    // The peer's table lets UNIMPLEMENTED pass without effect: it is seen by its number of received packets.
    const before = transport.received;
    transport.receive(answer ?? new Uint8Array(0));
    expect(transport.received).toBe(before + 1);
  });
});

/** Past the peer's own hold. `transfer` asks nobody whether a key exchange is under way. */
function sendAnyway(peer: RawPeer, ...payload: number[]): void {
  peer.transport.transfer(Uint8Array.from(payload), new Uint8Array(0));
}

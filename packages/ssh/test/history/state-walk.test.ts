import { describe, expect, it } from "vitest";
import { decodeDisconnect } from "../../src/messages/transport.ts";
import { judgeMessage, type ReceivePhase, type Role } from "../../src/transport/legal-messages.ts";
import { errorOf } from "../session/machine-pair.ts";
import { PlainPackets } from "../transport/plain-packets.ts";
import { eventsOf, opened, type Stand, standIn } from "./stand.ts";

/*
 * Seven of ten implementations let messages through that strict key exchange forbids (arXiv 2509.10895); servers took the
 * success message of a server, or channels before the login, for their own (CVE-2018-10933, CVE-2025-32433). So each of the
 * 256 numbers goes to a real machine in each of its states. The table itself is compared with a second copy in
 * `transport/legal-messages.test.ts`; here it says what the machines have to do.
 */

const phases: Readonly<Record<Role, readonly ReceivePhase[]>> = {
  client: [
    "initial-kexinit",
    "initial-kex",
    "initial-gex-group",
    "initial-gex-reply",
    "initial-newkeys",
    "service",
    "authentication",
    "open",
    "rekey-kex",
    "rekey-gex-group",
    "rekey-gex-reply",
    "rekey-newkeys",
  ],
  server: [
    "initial-kexinit",
    "initial-kex",
    "initial-newkeys",
    "service",
    "authentication",
    "open",
    "rekey-kex",
    "rekey-newkeys",
  ],
};

describe("arXiv 2509.10895, every message in every state", () => {
  for (const role of ["client", "server"] as const)
    for (const phase of phases[role]) {
      const strictness = phase.startsWith("initial-") && phase !== "initial-kexinit" ? [true, false] : [true];
      for (const strict of strictness)
        it(`${role}, ${phase}, ${strict ? "strict" : "not strict"}: what the table refuses ends the connection`, () => {
          walk(role, phase, strict);
        });
    }
});

describe("RFC 4253 §11.4", () => {
  it("an unknown message is answered with SSH_MSG_UNIMPLEMENTED and its packet number", () => {
    const { machine, peer } = opened("server");
    peer.send(200, 1, 2, 3);
    machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
    const answer = machine.takeOutput();
    expect(answer).toBeDefined();
    // The peer's table lets UNIMPLEMENTED pass without effect: it is seen by its number of received packets.
    const before = peer.transport.received;
    peer.transport.receive(answer!);
    expect(peer.transport.received).toBe(before + 1);
  });
});

function walk(role: Role, phase: ReceivePhase, strict: boolean): void {
  const seen = { deliver: 0, ignore: 0, unimplemented: 0, refuse: 0 };
  for (let number = 0; number < 256; number++) {
    const verdict = judgeMessage(role, phase, number, strict);
    seen[verdict]++;
    const stand = standIn(role, phase, strict);
    const inject = () => stand.inject(Uint8Array.of(number, 0, 0, 0, 0));
    if (verdict === "refuse") expectRefused(stand, inject, phase, strict, number);
    else if (verdict === "deliver") {
      // Legal here, though its content may be wrong: then that is the peer's fault and nothing else.
      try {
        inject();
      } catch (error) {
        expect(error, `message ${number}`).toMatchObject({ layer: "ssh", fault: "peer" });
      }
    } else {
      inject();
      expect(stand.machine.failure, `message ${number}`).toBe(undefined);
      expect(eventsOf(stand.machine), `message ${number}`).toEqual([]);
      // RFC 4253 §11.4: what is unknown is answered, what comes late is not.
      expect(stand.machine.outputLength > 0, `message ${number}`).toBe(verdict === "unimplemented");
    }
  }
  expect(seen.deliver).toBeGreaterThan(0);
  expect(seen.refuse).toBeGreaterThan(100 * Number(phase !== "open"));
}

function expectRefused(
  { machine, peer }: Stand,
  inject: () => void,
  phase: ReceivePhase,
  strict: boolean,
  number: number,
): void {
  const error = errorOf(inject);
  const inStrictExchange = strict && phase.startsWith("initial-") && phase !== "initial-kexinit";
  expect(error, `message ${number}: ${error.message}`).toMatchObject({
    code: inStrictExchange ? "strict-kex-violation" : "message-not-allowed",
    fault: "peer",
    // RFC 4253 §11.1: SSH_DISCONNECT_PROTOCOL_ERROR.
    disconnectReason: 2,
  });
  // The application hears of nothing, and the machine has ended for good.
  expect(eventsOf(machine), `message ${number}`).toEqual([]);
  expect(errorOf(() => machine.receive(new Uint8Array(64)))).toBe(error);
  expect(machine.isClosed).toBe(true);
  const farewell = machine.takeOutput();
  expect(farewell, `message ${number}`).toBeDefined();
  // The peer is told. After its own NEWKEYS the machine's words are encrypted, and in a later exchange the peer lacks its keys.
  if (phase.startsWith("initial-") && phase !== "initial-newkeys")
    expect(decodeDisconnect(lastPlain(farewell!))).toMatchObject({ type: "disconnect", reason: 2 });
  else if (peer !== undefined && !phase.startsWith("rekey-"))
    expect(errorOf(() => peer.transport.receive(farewell!)).message).toContain("with reason 2");
}

function lastPlain(bytes: Uint8Array): Uint8Array {
  const packets = new PlainPackets();
  packets.version = "known";
  packets.push(bytes);
  let last = new Uint8Array(0);
  for (let next = packets.next(); next !== undefined; next = packets.next()) last = Uint8Array.from(next);
  return last;
}

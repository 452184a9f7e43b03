import { describe, expect, it } from "vitest";
import { judgeMessage, type ReceivePhase, type Role } from "../../src/transport/legal-messages.ts";

/* The table by itself. `history/state-walk.test.ts` gives each number to real machines in each phase. */

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
    client: [1, 2, 3, 4, 20, 80, 81, 82, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 193],
    server: [1, 2, 3, 4, 20, 80, 81, 82, 90, 93, 94, 95, 96, 97, 98, 99, 100, 192, 193],
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

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { isSshError } from "../../src/errors.ts";
import * as authReply from "../../src/messages/auth-reply.ts";
import * as kex from "../../src/messages/kex.ts";
import { messageName, SSH_MSG } from "../../src/messages/numbers.ts";
import * as transport from "../../src/messages/transport.ts";
import { recordedSessions } from "../algorithms/sessions.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import { cases, type MessageCase } from "./cases.ts";

describe("messages", () => {
  it("have a case here for every number", () => {
    expect(new Set(Object.keys(cases))).toEqual(new Set(Object.keys(SSH_MSG)));
  });

  for (const [name, { number, arbitrary, encode, decode, open }] of Object.entries(cases)) {
    describe(name, () => {
      it("is the same after encoding and decoding", () => {
        fc.assert(
          fc.property(arbitrary, (message) => {
            const payload = encode(message);
            expect(payload[0]).toBe(number);
            expect(decode(payload)).toEqual(message);
          }),
        );
      });

      it("cut short anywhere is a malformed message or another whole one, and never another error", () => {
        fc.assert(
          fc.property(arbitrary, (message) => {
            const payload = encode(message);
            for (let end = 0; end < payload.length; end++) peerErrorOrNothing(() => decode(payload.subarray(0, end)));
          }),
          { numRuns: 20 },
        );
      });

      it("with bytes after its end is malformed", () => {
        if (open) return expect(open).toBe(true);
        return fc.assert(
          fc.property(arbitrary, (message) => {
            expect(codeOf(() => decode(Uint8Array.of(...encode(message), 0)))).toBe("malformed-message");
          }),
          { numRuns: 20 },
        );
      });

      it("of garbage is a malformed message and never another error", () => {
        fc.assert(
          fc.property(fc.uint8Array({ maxLength: 120 }), (garbage) => {
            peerErrorOrNothing(() => decode(Uint8Array.of(number, ...garbage)));
          }),
        );
      });

      it("is not read from a payload of another number", () => {
        expect(codeOf(() => decode(Uint8Array.of(255)))).toBe("malformed-message");
        expect(codeOf(() => decode(new Uint8Array()))).toBe("malformed-message");
      });
    });
  }

  it("bound counts by the bytes left, before looping", () => {
    const huge = "3fffffff";
    const payloads: readonly [(payload: Uint8Array) => unknown, string][] = [
      [transport.decodeExtInfo, `07${huge}`],
      [transport.decodeExtInfo, `0700000002${"00".repeat(15)}`],
      [authReply.decodeUserauthInfoRequest, `3c${"00000000".repeat(3)}${huge}`],
      [authReply.decodeUserauthInfoResponse, `3d${huge}`],
    ];
    for (const [decode, payload] of payloads) expect(codeOf(() => decode(fromHex(payload)))).toBe("malformed-message");
  });

  it("take 256 extensions, 64 prompts and 64 responses, and not one more", () => {
    const count = (number: number) => number.toString(16).padStart(8, "0");
    const limits: readonly [(payload: Uint8Array) => unknown, string, string, number][] = [
      [transport.decodeExtInfo, "07", "0000000000000000", 256],
      [authReply.decodeUserauthInfoRequest, `3c${"00000000".repeat(3)}`, "0000000001", 64],
      [authReply.decodeUserauthInfoResponse, "3d", "00000000", 64],
    ];
    for (const [decode, head, item, most] of limits) {
      const payload = (items: number) => fromHex(head + count(items) + item.repeat(items));
      expect(codeOf(() => decode(payload(most)))).toBe("nothing was thrown");
      expect(codeOf(() => decode(payload(most + 1)))).toBe("malformed-message");
    }
  });

  it("keep the first of two extensions with one name, and take __proto__ for a name", () => {
    const twice = fromHex(`0700000002${"0000000161".concat("0000000131")}${"0000000161".concat("0000000132")}`);
    expect(transport.decodeExtInfo(twice).extensions.get("a")).toEqual(Uint8Array.of(0x31));
    const proto = new Map([["__proto__", Uint8Array.of(1)]]);
    expect(transport.decodeExtInfo(transport.encodeExtInfo({ type: "extInfo", extensions: proto })).extensions).toEqual(
      proto,
    );
  });

  it("have names for error messages", () => {
    expect(messageName(94)).toBe("SSH_MSG_CHANNEL_DATA (94)");
    expect(messageName(30)).toBe("SSH_MSG_KEX_ECDH_INIT (30)");
    expect(messageName(60)).toBe("a method's own authentication message (60)");
    expect(messageName(77)).toBe("message 77");
  });

  it("a KEXINIT with a cookie of another size is an error of the caller", () => {
    const message = kex.decodeKexInit(fromHex(`14${"00".repeat(16)}${"00000000".repeat(10)}0000000000`));
    expect(message.kexAlgorithms).toEqual([]);
    expect(codeOf(() => kex.encodeKexInit({ ...message, cookie: new Uint8Array(15) }))).toBe("local-usage");
  });

  it("a disconnect without a language tag is still understood", () => {
    expect(transport.decodeDisconnect(fromHex("010000000b000000026869"))).toEqual({
      type: "disconnect",
      reason: 11,
      description: "hi",
      languageTag: "",
    });
  });
});

describe.runIf(corpus() !== undefined)("messages of recorded sessions", () => {
  const byNumber = new Map<number, MessageCase<never>[]>();
  for (const one of Object.values(cases)) byNumber.set(one.number, [...(byNumber.get(one.number) ?? []), one]);

  it("are all read, and written again to the same bytes", () => {
    const failures: string[] = [];
    const seen = new Set<number>();
    let count = 0;
    for (const session of recordedSessions())
      for (const { payload_hex: payload } of [...session.packets.c2s, ...session.packets.s2c]) {
        const bytes = fromHex(payload);
        const number = bytes[0]!;
        const candidates = byNumber.get(number) ?? [];
        const results = candidates.map(({ encode, decode }) => {
          try {
            return toHex(encode(decode(bytes)));
          } catch (error) {
            return String(error);
          }
        });
        seen.add(number);
        count++;
        if (!results.includes(payload)) failures.push(`${session.name}: ${payload} ${results}`);
      }
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(500);
    for (const number of [1, 5, 6, 7, 20, 21, 30, 31, 50, 51, 52, 53, 60, 80, 90, 91, 93, 94, 96, 97, 98, 99, 100])
      expect(seen).toContain(number);
  });
});

function peerErrorOrNothing(run: () => unknown): void {
  const code = codeOf(run);
  expect(["malformed-message", "nothing was thrown"]).toContain(code);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isSshError(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

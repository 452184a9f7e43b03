import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { defaultConnectionLimits } from "../../src/connection/limits.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { SSH_MSG } from "../../src/messages/numbers.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { type RecordedSession, recordedSessions } from "../algorithms/sessions.ts";
import { answerServer, seededRandom, serverOptions } from "../session/machine-pair.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import { algorithmsOf, flowsOf, known, methodOf, payloadsIn, withRecordedHashes } from "./playback.ts";

/*
 * Our server in the place of a recorded one, in front of what OpenSSH's client said then. Its KEXINIT is its own (Go's server
 * does not ask for extensions, ours does), so the exchange hash is given; everything behind is computed and compared.
 */

const sessions = recordedSessions().filter(({ name }) => name.startsWith("Server-"));

/** What each server decides for itself: its offer, its extensions, which keys it announces. */
const own: readonly number[] = [SSH_MSG.kexInit, SSH_MSG.extInfo, SSH_MSG.globalRequest];

describe.runIf(corpus() !== undefined)("our server in the place of Go's, before the client of OpenSSH 9.9", () => {
  it("has 11 conversations to replay", () => expect(sessions.length).toBe(11));

  for (const session of sessions)
    it(`${session.name}: key exchange, login and channel are answered as they were`, () => {
      const recordedBytes = flowsOf(session).filter(({ direction }) => direction === "s2c");
      const recorded = payloadsIn(session, "s2c", join(recordedBytes.map(({ bytes }) => bytes)));
      const { sent, events, machine } = replay(session);
      const ours = payloadsIn(session, "s2c", sent);
      // A command is nothing this server runs: from there on it goes its own way, and the client's end is understood.
      const upToChannel = (payloads: readonly Uint8Array[]) => {
        const end = payloads.findIndex((payload) => payload[0] === SSH_MSG.channelOpenConfirmation) + 1;
        expect(end).toBeGreaterThan(5);
        return payloads
          .slice(0, end)
          .filter((payload) => !own.includes(payload[0] ?? 0))
          .map(toHex);
      };
      expect(upToChannel(ours)).toEqual(upToChannel(recorded));
      expect(ours.some((payload) => payload[0] === SSH_MSG.channelFailure)).toBe(true);
      expect(events.slice(0, 4)).toEqual(["hostSignatureNeeded", "authAttempt", "authAttempt", "authAttempt"]);
      expect(events).toContain("ready");
      expect(events.at(-1)).toBe("disconnected");
      expect(machine.failure).toBe(undefined);
    });
});

function replay(session: RecordedSession): { sent: Uint8Array; events: readonly string[]; machine: SshServerMachine } {
  const exchange = session.exchanges[0]!;
  const hostKey: Signer = {
    algorithms: [exchange.signature_algorithm],
    publicBlob: fromHex(exchange.K_S),
    sign: (data) => {
      expect(toHex(data)).toBe(exchange.H);
      return fromHex(exchange.signature);
    },
  };
  const method = methodOf(session);
  const padding = seededRandom(20);
  const machine = new SshServerMachine(
    serverOptions({
      random: (length) => (length === 32 && method.random ? method.random(length) : padding(length)),
      provider: withRecordedHashes(session),
      algorithms: { ...algorithmsOf(session, method.kex), hostKey: known.hostKey },
      connectionLimits: { ...defaultConnectionLimits, maxDataBytes: 32_768 },
      softwareVersion: "Go",
      hostKeys: [hostKey],
      methods: ["publickey"],
    }),
  );
  const sent: Uint8Array[] = [];
  const events: string[] = [];
  for (const { direction, bytes } of flowsOf(session)) {
    if (direction === "s2c") continue;
    machine.receive(bytes);
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      events.push(event.type);
      answerServer(machine, event, { decide: ({ method }) => ({ accept: method === "publickey" }) });
    }
    sent.push(machine.takeOutput()?.slice() ?? new Uint8Array(0));
  }
  return { sent: join(sent), events, machine };
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

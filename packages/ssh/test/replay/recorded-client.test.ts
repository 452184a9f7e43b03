import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { paddingLength, plainSealer } from "../../src/algorithms/packet-cipher.ts";
import { verifySignature } from "../../src/algorithms/registry.ts";
import type { AuthenticationMethod } from "../../src/auth/client-methods.ts";
import { defaultConnectionLimits } from "../../src/connection/limits.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { decodeUserauthRequest } from "../../src/messages/auth-request.ts";
import { decodeChannelData, decodeChannelRequest } from "../../src/messages/channel.ts";
import { decodeKexInit, encodeKexInit } from "../../src/messages/kex.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { type RecordedSession, recordedSessions } from "../algorithms/sessions.ts";
import { clientOptions } from "../session/machine-pair.ts";
import { PlainPackets, plainPacket } from "../transport/plain-packets.ts";
import { fromHex, toHex } from "../wire/hex.ts";
import {
  algorithmsOf,
  type Flow,
  flowsOf,
  known,
  methodOf,
  offerOf,
  payloadsIn,
  recordedKex,
  withRecordedHashes,
} from "./playback.ts";

/*
 * Our client in the place of a recorded one, in front of what OpenSSH said then. Of the recorded client it gets what chance
 * decided: cookie, key pair, padding, and what its user did. Everything else it has to say by itself.
 */

const sessions = recordedSessions();
const goClients = sessions.filter(({ name }) => name.startsWith("Client-"));
const live = sessions.filter(({ name }) => name.startsWith("live-"));
/** A shell on a terminal is nothing we offer: of this one the login is replayed. */
const loginOnly = "Client-WindowChange";

describe.runIf(corpus() !== undefined)("our client in the place of Go's, before OpenSSH 9.9 and 10.0", () => {
  it("has 15 conversations to replay", () => expect(goClients.length).toBe(15));

  for (const session of goClients)
    it(`${session.name}: every byte is the recorded one`, () => {
      const flows = flowsOf(session);
      const recorded = join(flows.filter(({ direction }) => direction === "c2s").map(({ bytes }) => bytes));
      const padding: Uint8Array[] = [];
      const payloads = payloadsIn(session, "c2s", recorded, padding);
      const kexInit = fromHex(session.exchanges[0]!.I_C);
      const noise = join(
        padding.map((bytes, at) => (at < PLAIN_PACKETS ? bytes.subarray(0, leastPadding(payloads[at]!)) : bytes)),
      );
      const method = methodOf(session);
      const random = (length: number): Uint8Array => {
        if (length === 16) return kexInit.slice(1, 17);
        if (length === 32 && method.random !== undefined) return method.random(length);
        const bytes = new Uint8Array(length);
        bytes.set(noise);
        return bytes;
      };
      const client = new Client(session, payloads, {
        random,
        algorithms: offerOf(kexInit, method.kex),
        softwareVersion: "Go",
      });
      const sent = client.replay(flows, session.name === loginOnly ? 90 : undefined);
      expect(client.machine.failure).toBe(undefined);
      const [ours, theirs] = [inPlainAndSealed(sent), inPlainAndSealed(recorded)];
      expect(ours.plain).toEqual(theirs.plain);
      expect(ours.sealed.length).toBeGreaterThan(1000);
      if (session.name === loginOnly) expect(theirs.sealed.startsWith(ours.sealed)).toBe(true);
      else expect(ours.sealed).toBe(theirs.sealed);
    });
});

describe.runIf(corpus() !== undefined)("our client in the place of paramiko, before OpenSSH 9.2", () => {
  it("has 15 conversations to replay", () => expect(live.length).toBe(15));

  for (const session of live)
    it(`${session.name}: after its own KEXINIT every message is the recorded one`, () => {
      const recorded = session.packets.c2s.map(({ payload_hex }) => payload_hex);
      const client = new Client(session, recorded.map(fromHex), {
        provider: withRecordedHashes(session),
        algorithms: algorithmsOf(session, recordedKex(session)),
        softwareVersion: session.V_C.slice("SSH-2.0-".length),
      });
      const sent = payloadsIn(session, "c2s", client.replay(flowsOf(session).map(withoutStrictKex)));
      expect(client.machine.failure).toBe(undefined);
      // Its KEXINIT is its own affair; and it says EOF before the CLOSE that answers a CLOSE, which RFC 4254 §5.3 leaves free.
      const comparable = (payloads: readonly string[]) =>
        payloads
          .filter((hex, at) => !(hex.startsWith("60") && payloads[at + 1]?.startsWith("61")))
          .map((hex) => (hex.startsWith("14") ? "KEXINIT" : hex));
      expect(comparable(sent.map(toHex))).toEqual(comparable(recorded));
      expect(client.rekeyed).toBe(session.exchanges.length - 1);
    });
});

/** The recorded client did not know it, so its server's offer must not tempt ours. */
function withoutStrictKex(flow: Flow): Flow {
  const isPlainKexInit = flow.direction === "s2c" && flow.bytes[0] === 0 && flow.bytes[5] === 20;
  if (!isPlainKexInit) return flow;
  const length = new DataView(flow.bytes.buffer, flow.bytes.byteOffset).getUint32(0);
  const payload = flow.bytes.subarray(5, 4 + length - (flow.bytes[4] ?? 0));
  const message = decodeKexInit(payload);
  const kexAlgorithms = message.kexAlgorithms.filter((name) => !name.startsWith("kex-strict"));
  const rest = flow.bytes.subarray(4 + length);
  return { ...flow, bytes: join([plainPacket(encodeKexInit({ ...message, kexAlgorithms })), rest]) };
}

const PLAIN_PACKETS = 3;

/** Go fills packets in plain text up to 16 bytes where 8 are enough: the one difference that is left. */
function leastPadding(payload: Uint8Array): number {
  return paddingLength(plainSealer, payload.length);
}

/** What stands before the first NEWKEYS, without its padding, and every byte behind. */
function inPlainAndSealed(bytes: Uint8Array): { plain: readonly string[]; sealed: string } {
  const packets = new PlainPackets().push(bytes);
  const plain = [packets.version];
  for (let i = 0; i < PLAIN_PACKETS; i++) plain.push(toHex(packets.next() ?? new Uint8Array(0)));
  return { plain, sealed: toHex(packets.rest) };
}

/** A client machine whose user does what the recorded one did. */
class Client {
  readonly machine: SshClientMachine;
  rekeyed = 0;
  readonly #session: RecordedSession;
  readonly #payloads: readonly Uint8Array[];
  #channel = -1;
  #keyExchanges = 0;

  constructor(session: RecordedSession, payloads: readonly Uint8Array[], changes: object) {
    this.#session = session;
    this.#payloads = payloads;
    const connectionLimits = { ...defaultConnectionLimits, maxDataBytes: 32_768 };
    this.machine = new SshClientMachine(clientOptions({ connectionLimits, ...changes }));
    this.#login();
  }

  /** Everything the machine sends. `until`: the recorded message before which the user goes away. */
  replay(flows: readonly Flow[], until?: number): Uint8Array {
    const sent: Uint8Array[] = [];
    let seen = 0;
    let recorded = 0;
    for (const { direction, bytes } of flows) {
      if (direction === "s2c") this.machine.receive(bytes);
      else {
        recorded += bytes.length;
        // What the recorded user did up to here, ours does now.
        for (; seen < this.#payloads.length && this.#endOf(seen) <= recorded; seen++) {
          if (this.#payloads[seen]?.[0] === until) return join(sent);
          this.#act(this.#payloads[seen]!);
        }
      }
      this.#answer();
      const output = this.machine.takeOutput();
      if (output !== undefined) sent.push(output.slice());
    }
    return join(sent);
  }

  #endOf(index: number): number {
    this.#ends ??= endsOf(this.#session);
    return this.#ends[index] ?? Number.POSITIVE_INFINITY;
  }
  #ends: readonly number[] | undefined;

  #act(payload: Uint8Array): void {
    const { machine } = this;
    switch (payload[0]) {
      case 20:
        if (this.#keyExchanges++ > 0) machine.rekey();
        return;
      case 90: {
        const request = this.#payloads.find((later) => later[0] === 98)!;
        const purpose = decodeChannelRequest(request).request;
        if (purpose.name === "exec") this.#channel = machine.openChannel({ kind: "exec", command: purpose.command });
        else if (purpose.name === "subsystem")
          this.#channel = machine.openChannel({ kind: "subsystem", name: purpose.subsystem });
        return;
      }
      case 94: {
        const { data } = decodeChannelData(payload);
        expect(machine.writeChannel(this.#channel, data, 1 << 20)).toBe(data.length);
        return;
      }
      case 96:
        machine.endChannel(this.#channel);
        return;
      case 97:
        machine.closeChannel(this.#channel);
        return;
      case 1:
        machine.close();
    }
  }

  #answer(): void {
    const { machine } = this;
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      if (event.type === "hostKeyOffered") {
        expect(toHex(event.key.publicBlob)).toBe(this.#session.exchanges[0]!.K_S);
        machine.answerHostKey({ accept: true });
      } else if (event.type === "passwordNeeded") machine.providePassword(event.method.password as string);
      else if (event.type === "signatureNeeded")
        machine.provideSignature(event.signer.sign(event.data, event.algorithm) as Uint8Array);
      else if (event.type === "rekeyed") this.rekeyed++;
    }
  }

  /** The recorded user's methods, in their order. */
  #login(): void {
    const requests = this.#payloads.filter((payload) => payload[0] === 50).map(decodeUserauthRequest);
    const keys = requests.flatMap(({ method }) => (method.name === "publickey" ? [method] : []));
    const proof = keys.find(({ signature }) => signature !== undefined);
    const methods = requests.flatMap(({ method }): AuthenticationMethod[] => {
      if (method.name === "none") return [{ method: "none" }];
      if (method.name === "password") return [{ method: "password", password: method.password }];
      return [];
    });
    const signer: Signer | undefined = proof && {
      algorithms: [proof.algorithm],
      publicBlob: proof.publicBlob,
      sign: (data) => {
        // The recorded signature is right over what ours wants signed: session, user, service, algorithm and key.
        const verified = verifySignature(
          nobleProvider,
          known.hostKey,
          proof.algorithm,
          proof.publicBlob,
          data,
          proof.signature!,
        );
        expect(verified).toBe(true);
        return proof.signature!;
      },
    };
    const other = signer && { ...signer, publicBlob: new Uint8Array(4) };
    // Go's client asks before it signs; ours does so when it has two keys.
    const asks = keys.some(({ signature }) => signature === undefined);
    const keyMethods = [signer, asks ? other : undefined].flatMap((key) =>
      key ? [{ method: "publickey", key } as const] : [],
    );
    this.machine.login(requests[0]!.username, [...methods, ...keyMethods]);
  }
}

/** Where each recorded message of the client ends in its bytes. */
function endsOf(session: RecordedSession): readonly number[] {
  const flows = flowsOf(session).filter(({ direction }) => direction === "c2s");
  const total = flows.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const wires = session.packets.c2s.map(({ wire_hex }) => wire_hex.length / 2);
  const all = wires.reduce((sum, length) => sum + length, 0);
  // The Go recordings list the encrypted packets only: the plain ones (KEXINIT, the method's, NEWKEYS) lie before.
  const plain = session.name.startsWith("live-") ? [] : [total - all, total - all, total - all];
  const ends = [...plain];
  let at = session.name.startsWith("live-") ? session.V_C.length + 2 : total - all;
  for (const length of wires) {
    at += length;
    ends.push(at);
  }
  return ends;
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

import type { GroupExchangeKex } from "../../src/algorithms/kex/kex-algorithm.ts";
import { encodeUserauthRequest } from "../../src/messages/auth-request.ts";
import { encodeGexGroup } from "../../src/messages/group-exchange.ts";
import { encodeEcdhInit, encodeEcdhReply, encodeKexInit } from "../../src/messages/kex.ts";
import { encodeServiceAccept, encodeServiceRequest } from "../../src/messages/transport.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import type { ReceivePhase, Role } from "../../src/transport/legal-messages.ts";
import { makeKexInit } from "../../src/transport/negotiate.ts";
import { clientOptions, serverOptions } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";
import { plainPacket } from "../transport/plain-packets.ts";

export type Machine = SshClientMachine | SshServerMachine;

/** A machine that waits for the peer's next message, and a way to give it any message there. */
export interface Stand {
  readonly machine: Machine;
  /** Behind the first NEWKEYS: whoever gets what the machine says. */
  readonly peer?: RawPeer;
  inject(payload: Uint8Array): void;
}

/** A group exchange that proves nothing and costs nothing. */
const quickGex: GroupExchangeKex = {
  kind: "group-exchange",
  name: "quick-gex@test",
  hash: "sha256",
  request: { min: 2048, preferred: 3072, max: 8192 },
  start: () => {
    const [{ start }] = quickCrypto.keyExchange as never as [{ start(): ReturnType<GroupExchangeKex["start"]> }];
    return start();
  },
};

const bothMethods = { ...quickCrypto, keyExchange: [...quickCrypto.keyExchange, quickGex] };

/** Brings a real machine to a phase: before the first NEWKEYS by packets in plain text, later behind a real peer. */
export function standIn(role: Role, phase: ReceivePhase, strict: boolean): Stand {
  if (phase.startsWith("initial-")) return plainStand(role, phase, strict);
  const { machine, peer } = opened(role, phase);
  const inject = (payload: Uint8Array) => {
    peer.transport.transfer(payload, new Uint8Array(0));
    machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
  };
  if (phase.startsWith("rekey-")) for (const payload of towards(role, phase, false)) inject(payload);
  settle(machine);
  machine.takeOutput();
  return { machine, peer, inject };
}

/** A logged-in peer that says anything: the connection is open. */
export function opened(role: Role, phase: ReceivePhase = "open"): { machine: Machine; peer: RawPeer } {
  const peer = new RawPeer(role === "client" ? "server" : "client");
  const machine = newMachine(role);
  peer.exchange(machine);
  if (phase === "service") return { machine, peer };
  if (machine instanceof SshServerMachine) {
    peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" })).exchange(machine);
    peer.transport.enter("authentication");
    if (phase === "authentication") return { machine, peer };
    peer.send(loginRequest("ada", "secret")).exchange(machine);
  } else {
    peer.send(encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" })).exchange(machine);
    machine.login("ada", [{ method: "none" }]);
    peer.transport.enter("authentication");
    peer.exchange(machine);
    if (phase === "authentication") return { machine, peer };
    peer.send(52).exchange(machine);
  }
  peer.transport.enter("open");
  peer.takeNumbers();
  return { machine, peer };
}

export function loginRequest(username: string, password: string): Uint8Array {
  const method = { name: "password", password } as const;
  return encodeUserauthRequest({ type: "userauthRequest", username, service: "ssh-connection", method });
}

export function newMachine(role: Role, changes: object = {}): Machine {
  return role === "client"
    ? new SshClientMachine(clientOptions({ algorithms: bothMethods, ...changes }))
    : new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner], ...changes }));
}

/** Gives a machine messages of its peer, and the peer what it answers. What the application hears is the result. */
export function say(peer: RawPeer, machine: Machine, ...payloads: readonly Uint8Array[]): string[] {
  for (const payload of payloads) peer.send(payload);
  machine.receive(peer.transport.takeOutput() ?? new Uint8Array(0));
  const events = eventsOf(machine);
  peer.transport.receive(machine.takeOutput() ?? new Uint8Array(0));
  return events;
}

/** The events that wait, without an answer to any. */
export function eventsOf(machine: Machine): string[] {
  const types: string[] = [];
  for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) types.push(event.type);
  return types;
}

function plainStand(role: Role, phase: ReceivePhase, strict: boolean): Stand {
  const machine = newMachine(role);
  const inject = (payload: Uint8Array) => machine.receive(plainPacket(payload));
  machine.receive(new TextEncoder().encode("SSH-2.0-plain\r\n"));
  for (const payload of towards(role, phase, strict)) {
    inject(payload);
    settle(machine);
  }
  machine.takeOutput();
  return { machine, inject };
}

/** What the peer says on the way to a phase of a key exchange. `strict`: its KEXINIT is a first, strict one. */
function towards(role: Role, phase: ReceivePhase, strict: boolean): readonly Uint8Array[] {
  const step = phase.slice(phase.indexOf("-") + 1);
  if (step === "kexinit") return [];
  const offer = makeKexInit(role === "client" ? "server" : "client", quickCrypto, new Uint8Array(16), strict);
  const indicators = offer.kexAlgorithms.slice(1);
  const group = step.startsWith("gex");
  const kexInit = encodeKexInit({
    ...offer,
    kexAlgorithms: [group ? quickGex.name : "quick-kex@test", ...indicators],
  });
  if (step === "kex" || step === "gex-group") return [kexInit];
  if (step === "gex-reply") {
    const prime = new Uint8Array(256).fill(0x7f);
    return [kexInit, encodeGexGroup({ type: "gexGroup", prime, generator: Uint8Array.of(2) })];
  }
  const last =
    role === "client"
      ? encodeEcdhReply({
          type: "ecdhReply",
          hostKey: quickSigner.publicBlob,
          serverPublic: new Uint8Array(32),
          signature: Uint8Array.of(42),
        })
      : encodeEcdhInit({ type: "ecdhInit", clientPublic: new Uint8Array(32) });
  return [kexInit, last];
}

/** Answers what a key exchange asks of the application. */
function settle(machine: Machine): void {
  for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
    if (event.type === "hostKeyOffered") (machine as SshClientMachine).answerHostKey({ accept: true });
    if (event.type === "hostSignatureNeeded") (machine as SshServerMachine).provideHostSignature(Uint8Array.of(42));
  }
}

import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { AlgorithmPreferences } from "../../src/algorithms/registry.ts";
import { SSH_MSG } from "../../src/messages/numbers.ts";
import type { SshClientMachine } from "../../src/session/client-machine.ts";
import type { SshServerMachine } from "../../src/session/server-machine.ts";
import { acceptHostKey } from "../../src/transport/host-key.ts";
import type { Role } from "../../src/transport/legal-messages.ts";
import { defaultTransportLimits, defaultTransportTimeouts } from "../../src/transport/limits.ts";
import { Transport } from "../../src/transport/machine.ts";
import { type Answers, answerClient, answerServer, seededRandom } from "./machine-pair.ts";
import { quickCrypto, quickSigner } from "./quick-crypto.ts";

/**
 * The other end of a machine under test: it speaks the transport protocol properly and above that says whatever the test
 * wants. What it receives is only written down.
 */
export class RawPeer {
  readonly transport: Transport;
  readonly received: Uint8Array[] = [];
  /** How often the machine has said that it does not know a message. */
  unimplemented = 0;
  #accept: (() => void) | undefined;

  constructor(role: Role, algorithms: AlgorithmPreferences = quickCrypto) {
    this.transport = new Transport({
      role,
      provider: nobleProvider,
      random: seededRandom(99),
      offer: algorithms,
      hostKeys: role === "server" ? [quickSigner] : [],
      userSignatureAlgorithms: [{ name: "ssh-ed25519" }],
      softwareVersion: "peer",
      limits: { ...defaultTransportLimits, maxBytesBeforeLogin: 1 << 30, maxPacketBytesBeforeLogin: 1 << 18 },
      timeouts: defaultTransportTimeouts,
      rekey: {},
      now: 0,
      user: {
        secured: () => {},
        receiveMessage: (number, payload) => {
          this.received.push(payload.slice());
          // What follows in the same packet of bytes is about channels already.
          if (number === SSH_MSG.userauthSuccess) this.transport.enter("open");
        },
        resumed: () => {},
        rekeyed: () => {},
        hostKeyOffered: (key) => {
          this.#accept = () => this.transport.acceptHostKey(acceptHostKey(key, { accept: true }));
        },
        hostSignatureNeeded: () => {
          this.#accept = () => this.transport.provideHostSignature(new Uint8Array([42]));
        },
        jobNeeded: () => {},
        debug: () => {},
        unimplemented: () => {
          this.unimplemented++;
        },
        disconnected: () => {},
      },
    });
  }

  /** Message numbers received since the last call. */
  takeNumbers(): number[] {
    return this.received.splice(0).map((payload) => payload[0] ?? -1);
  }

  send(...payload: number[] | [Uint8Array]): this {
    const [first] = payload;
    this.transport.send(first instanceof Uint8Array ? first : Uint8Array.from(payload as number[]));
    return this;
  }

  /** Carries bytes both ways until nobody has anything to say. Throws what the machine throws. */
  exchange(machine: SshClientMachine | SshServerMachine, answers: Answers = {}): this {
    for (;;) {
      handleEvents(machine, answers);
      this.#accept?.();
      this.#accept = undefined;
      const toMachine = this.transport.takeOutput();
      if (toMachine !== undefined) machine.receive(toMachine);
      handleEvents(machine, answers);
      const toPeer = machine.takeOutput();
      if (toPeer !== undefined) this.transport.receive(toPeer);
      if (toMachine === undefined && toPeer === undefined && this.#accept === undefined) return this;
    }
  }
}

function handleEvents(machine: SshClientMachine | SshServerMachine, answers: Answers): void {
  for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
    if ("login" in machine) answerClient(machine, event as never, answers);
    else answerServer(machine, event as never, answers);
  }
}

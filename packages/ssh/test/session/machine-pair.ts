import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoJob } from "../../src/algorithms/packet-cipher.ts";
import { type AlgorithmPreferences, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import type { AuthenticationMethod } from "../../src/auth/client-methods.ts";
import type { AuthAttempt, AuthDecision } from "../../src/auth/server-attempt.ts";
import { defaultConnectionLimits } from "../../src/connection/limits.ts";
import { generateKey, type PrivateKey } from "../../src/keys/private-key.ts";
import {
  type SshClientEvent,
  SshClientMachine,
  type SshClientMachineOptions,
} from "../../src/session/client-machine.ts";
import {
  type SshServerEvent,
  SshServerMachine,
  type SshServerMachineOptions,
} from "../../src/session/server-machine.ts";
import type { HostKeyVerdict, OfferedHostKey } from "../../src/transport/host-key.ts";
import { defaultTransportLimits, defaultTransportTimeouts } from "../../src/transport/limits.ts";

/** Random bytes that are the same in every run. */
export function seededRandom(seed: number): (length: number) => Uint8Array {
  let state = seed >>> 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      bytes[i] = state >>> 24;
    }
    return bytes;
  };
}

export const hostKey: PrivateKey = generateKey("ssh-ed25519", seededRandom(1));
export const otherHostKey: PrivateKey = generateKey("ecdsa-sha2-nistp256", seededRandom(2));
export const userKey: PrivateKey = generateKey("ssh-ed25519", seededRandom(3));
export const otherUserKey: PrivateKey = generateKey("ssh-ed25519", seededRandom(4));

/** The quickest algorithms first: most tests are not about them. */
export const quickAlgorithms: AlgorithmPreferences = {
  ...defaultClientAlgorithms,
  keyExchange: defaultClientAlgorithms.keyExchange.filter(({ name }) => name === "curve25519-sha256"),
  cipher: defaultClientAlgorithms.cipher.filter(({ name }) => name === "aes128-ctr"),
};

const common = {
  provider: nobleProvider,
  algorithms: quickAlgorithms,
  transportLimits: defaultTransportLimits,
  connectionLimits: defaultConnectionLimits,
  timeouts: defaultTransportTimeouts,
  rekey: {},
  keepalive: undefined,
  now: 0,
};

export function clientOptions(changes: Partial<SshClientMachineOptions> = {}): SshClientMachineOptions {
  return {
    ...common,
    random: seededRandom(10),
    softwareVersion: "client",
    authenticationTimeout: 30_000,
    channelOpenTimeout: 30_000,
    hostKeyUpdate: undefined,
    ...changes,
  };
}

export function serverOptions(changes: Partial<SshServerMachineOptions> = {}): SshServerMachineOptions {
  return {
    ...common,
    random: seededRandom(20),
    softwareVersion: "server",
    hostKeys: [hostKey],
    methods: ["publickey", "password", "keyboard-interactive"],
    maxAuthFailures: 6,
    maxAuthRequests: 64,
    loginTimeout: 120_000,
    banner: undefined,
    allowsDirectTcpip: false,
    ...changes,
  };
}

/** What the applications of both sides answer. */
export interface Answers {
  readonly verify?: (key: OfferedHostKey) => HostKeyVerdict;
  readonly username?: string;
  readonly methods?: readonly AuthenticationMethod[];
  readonly decide?: (attempt: AuthAttempt) => AuthDecision;
}

/** Cryptography that one side wants done aside. */
export interface PairJob {
  readonly machine: SshClientMachine | SshServerMachine;
  readonly job: CryptoJob;
}

export interface PairOptions extends Answers {
  readonly client?: Partial<SshClientMachineOptions>;
  readonly server?: Partial<SshServerMachineOptions>;
}

/** Client and server machine with a wire in between that a test can watch, cut and bend. */
export class MachinePair {
  readonly client: SshClientMachine;
  readonly server: SshServerMachine;
  readonly clientEvents: SshClientEvent[] = [];
  readonly serverEvents: SshServerEvent[] = [];
  /** Jobs of both sides that have not been run yet, oldest first. */
  readonly jobs: PairJob[] = [];
  now = 0;
  /** May change or drop what is on the way. */
  toServer: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes];
  toClient: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes];
  readonly #answers: Answers;

  constructor(options: PairOptions = {}) {
    this.#answers = options;
    this.client = new SshClientMachine(clientOptions(options.client));
    this.server = new SshServerMachine(serverOptions(options.server));
    this.client.login(options.username ?? "ada", options.methods ?? [{ method: "password", password: "secret" }]);
  }

  /** Runs until neither side has anything to say. Throws what a machine throws. */
  run(): this {
    for (;;) {
      this.handleEvents();
      const fromClient = this.client.takeOutput();
      if (fromClient !== undefined) for (const bytes of this.toServer(fromClient)) this.server.receive(bytes);
      this.handleEvents();
      const fromServer = this.server.takeOutput();
      if (fromServer !== undefined) for (const bytes of this.toClient(fromServer)) this.client.receive(bytes);
      if (fromClient === undefined && fromServer === undefined) return this;
    }
  }

  /** The same with all jobs. `pick` says which of those that are due is done next: by default the oldest. */
  async settle(pick: (due: number) => number = () => 0): Promise<this> {
    for (this.run(); this.jobs.length > 0; this.run()) {
      const [next] = this.jobs.splice(pick(this.jobs.length), 1);
      if (next !== undefined) next.machine.finishJob(next.job, await next.job.run());
    }
    return this;
  }

  advance(milliseconds: number): this {
    this.now += milliseconds;
    this.client.advance(this.now);
    this.server.advance(this.now);
    return this;
  }

  handleEvents(): void {
    for (let event = this.client.nextEvent(); event !== undefined; event = this.client.nextEvent()) {
      this.clientEvents.push(event);
      if (event.type === "jobNeeded") this.jobs.push({ machine: this.client, job: event.job });
      answerClient(this.client, event, this.#answers);
    }
    for (let event = this.server.nextEvent(); event !== undefined; event = this.server.nextEvent()) {
      this.serverEvents.push(event);
      if (event.type === "jobNeeded") this.jobs.push({ machine: this.server, job: event.job });
      answerServer(this.server, event, this.#answers);
    }
  }

  clientEvent<T extends SshClientEvent["type"]>(type: T): Extract<SshClientEvent, { type: T }> | undefined {
    return this.clientEvents.findLast((event) => event.type === type) as never;
  }

  serverEvent<T extends SshServerEvent["type"]>(type: T): Extract<SshServerEvent, { type: T }> | undefined {
    return this.serverEvents.findLast((event) => event.type === type) as never;
  }

  /** Logs in and opens the subsystem "echo" accepted by the server. */
  openChannel(): { readonly client: number; readonly server: number } {
    this.run();
    const client = this.client.openChannel({ kind: "subsystem", name: "echo" });
    this.run();
    const server = this.serverEvent("subsystemRequested")?.channel ?? -1;
    this.server.acceptSubsystem(server);
    this.run();
    return { client, server };
  }
}

export function answerClient(client: SshClientMachine, event: SshClientEvent, answers: Answers): void {
  switch (event.type) {
    case "hostKeyOffered":
      client.answerHostKey(answers.verify?.(event.key) ?? { accept: true });
      return;
    case "passwordNeeded":
      client.providePassword(event.method.password as string);
      return;
    case "signatureNeeded":
      client.provideSignature(event.signer.sign(event.data, event.algorithm) as Uint8Array);
      return;
    case "responsesNeeded":
      client.provideResponses(event.method.respond(event.request) as readonly string[]);
  }
}

export function answerServer(server: SshServerMachine, event: SshServerEvent, answers: Answers): void {
  if (event.type === "hostSignatureNeeded") {
    const { signer, data, algorithm } = event.request;
    server.provideHostSignature(signer.sign(data, algorithm) as Uint8Array);
  } else if (event.type === "authAttempt") {
    server.decide(answers.decide?.(event.attempt) ?? rightPassword(event.attempt));
  }
}

export function rightPassword(attempt: AuthAttempt): AuthDecision {
  return { accept: attempt.method === "password" && attempt.password === "secret" };
}

/** The error an action throws. */
export function errorOf(action: () => unknown): Error & { code?: string; fault?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("no error was thrown");
}

import { type DuplexSocket, sleep, systemClock } from "@netconf-kit/socket";
import type { RefusalTiming } from "../auth/refusal-timing.ts";
import type { AuthAttempt, AuthDecision } from "../auth/server-attempt.ts";
import { SshError } from "../errors.ts";
import type { SshServerOptions } from "../options.ts";
import { type SshServerEvent, SshServerMachine } from "../session/server-machine.ts";
import type { HostSignatureRequest } from "../transport/key-exchange.ts";
import { timeoutsOf } from "./common-machine-options.ts";
import type { ShellOwner } from "./connection-shell.ts";
import { DirectTcpipServer } from "./direct-tcpip.ts";
import { establish, type Login } from "./establish.ts";
import { ServerConnection, type SshServerConnection } from "./server-connection.ts";
import { createRefusalTiming, serverMachineOptions } from "./server-machine-options.ts";
import { askInTime, Outcome } from "./settle.ts";

/**
 * Serves SSH on any socket, whoever opened it, until a client has logged in. The connection owns the socket from the call
 * on and closes it in every case.
 *
 * Rejects with an `SshError` whose code names the step that failed, or with `signal.reason` when aborted.
 *
 * @example
 * const connection = await acceptSsh(socket, {
 *   hostKeys: [hostKey],
 *   authenticate: (attempt) => ({
 *     accept: attempt.method === "publickey" && authorized.has(attempt.fingerprint),
 *   }),
 * });
 * for await (const subsystem of connection.incoming) {
 *   if (subsystem.name === "netconf") await openNetconf(subsystem.accept());
 *   else subsystem.reject();
 * }
 */
export async function acceptSsh(socket: DuplexSocket, options: SshServerOptions): Promise<SshServerConnection> {
  return establish(socket, options.signal, () => new ServerLogin(socket, options));
}

function isAcceptance(decision: AuthDecision | undefined): boolean {
  return decision?.accept === true || decision?.accept === "partial" || decision?.accept === "ask";
}

/** Answers what the machine asks, until the login is complete and later. */
class ServerLogin implements Login<SshServerConnection>, ShellOwner<SshServerEvent> {
  readonly #options: SshServerOptions;
  readonly #machine: SshServerMachine;
  readonly #connection: ServerConnection;
  /** Until the login is complete. */
  #ready: Outcome<SshServerConnection> | undefined = new Outcome();
  #refusals: RefusalTiming | undefined;
  readonly #directTcpip: DirectTcpipServer | undefined;

  constructor(socket: DuplexSocket, options: SshServerOptions) {
    this.#options = options;
    this.#machine = new SshServerMachine(serverMachineOptions(options));
    this.#connection = new ServerConnection(this.#machine, socket, options.clock ?? systemClock, this);
    this.#refusals = options.refusalTiming;
    const { openDirectTcpip } = options;
    if (openDirectTcpip !== undefined)
      this.#directTcpip = new DirectTcpipServer(
        this.#machine,
        this.#connection.shell,
        openDirectTcpip,
        timeoutsOf(options).channelOpen,
      );
  }

  get ready(): Promise<SshServerConnection> {
    return this.#ready?.promise ?? Promise.resolve(this.#connection);
  }

  abort(reason: unknown): void {
    this.#connection.abort(reason);
  }

  over(error: () => Error): void {
    this.#ready?.reject(error());
  }

  handle(event: SshServerEvent): void {
    switch (event.type) {
      case "hostSignatureNeeded":
        void this.#sign(event.request);
        return;
      case "authAttempt":
        void this.#decide(event.attempt);
        return;
      case "hostKeyProofsNeeded":
        void this.#prove(event.requests);
        return;
      case "directTcpipRequested":
        void this.#directTcpip?.serve(event.channel, event.target, this.#connection.username);
        return;
      case "debug":
        this.#options.onDebug?.(event.text);
        return;
      case "ready":
        this.#connection.ready(event.login);
        this.#ready?.resolve(this.#connection);
        this.#ready = undefined;
        this.#refusals = undefined;
        return;
      default:
    }
  }

  async #sign(request: HostSignatureRequest): Promise<void> {
    const { shell } = this.#connection;
    try {
      const signature = await this.#signatureFor(request);
      shell.tell(() => this.#machine.provideHostSignature(signature));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      shell.fail(new SshError("signer-failed", `signing a key exchange: ${message}`, { phase: "key exchange", cause }));
    }
  }

  /** Proofs are a service to the client: without them it keeps the keys it knows. */
  async #prove(requests: readonly HostSignatureRequest[]): Promise<void> {
    const signatures = await Promise.all(requests.map((request) => this.#signatureFor(request))).catch(() => undefined);
    this.#connection.shell.tell(() => this.#machine.provideHostKeyProofs(signatures));
  }

  #signatureFor({ signer, data, algorithm }: HostSignatureRequest): Promise<Uint8Array> {
    return askInTime(
      this.#connection.shell.clock,
      timeoutsOf(this.#options).credentials,
      () => signer.sign(data, algorithm),
      () => new SshError("signer-failed", "signing a key exchange: the host key's signer did not answer in time"),
    );
  }

  /** No answer is a refusal; how long it may take is bounded by the time for the login. */
  async #decide(attempt: AuthAttempt): Promise<void> {
    const { shell } = this.#connection;
    const askedAt = shell.clock.now();
    let decision: AuthDecision;
    try {
      decision = await this.#options.authenticate(attempt);
    } catch {
      decision = { accept: false };
    }
    // "none" asks what there is (RFC 4252 §5.2), and gets the same answer for every name.
    if (attempt.method !== "none" && !isAcceptance(decision)) {
      this.#refusals ??= createRefusalTiming({}, this.#options);
      const now = shell.clock.now();
      await sleep(shell.clock, this.#refusals.dueAt(attempt.username, askedAt, now) - now);
    }
    shell.tell(() => this.#machine.decide(decision));
  }
}

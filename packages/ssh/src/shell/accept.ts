import { type DuplexSocket, sleep, systemClock } from "@netconf-kit/socket";
import type { AuthAttempt, AuthDecision } from "../auth/server-attempt.ts";
import { SshError } from "../errors.ts";
import { defaultSshTimeouts, type SshServerOptions, type SshTimeouts } from "../options.ts";
import { type SshServerEvent, SshServerMachine } from "../session/server-machine.ts";
import type { HostSignatureRequest } from "../transport/key-exchange.ts";
import { establish } from "./establish.ts";
import { serverMachineOptions } from "./machine-options.ts";
import { ServerConnection, type SshServerConnection } from "./server-connection.ts";
import { askInTime, settled } from "./settle.ts";

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
 *   if (subsystem.name === "netconf") serve(subsystem.accept());
 *   else subsystem.reject();
 * }
 */
export async function acceptSsh(socket: DuplexSocket, options: SshServerOptions): Promise<SshServerConnection> {
  return establish(socket, options.signal, () => new ServerLogin(socket, options));
}

/** A refusal takes at least this long, so that its time does not tell a known user from an unknown one. */
const MIN_REFUSAL_MILLISECONDS = 10;

function isAcceptance(decision: AuthDecision | undefined): boolean {
  return decision?.accept === true || decision?.accept === "partial" || decision?.accept === "ask";
}

/** Answers what the machine asks until the login is complete, and signs later key exchanges. */
class ServerLogin {
  readonly ready: Promise<SshServerConnection>;
  readonly abort: (reason: unknown) => void;
  readonly #options: SshServerOptions;
  readonly #timeouts: SshTimeouts;
  readonly #machine: SshServerMachine;
  readonly #connection: ServerConnection;
  readonly #ready = settled<SshServerConnection>();

  constructor(socket: DuplexSocket, options: SshServerOptions) {
    this.#options = options;
    this.#timeouts = { ...defaultSshTimeouts, ...options.timeouts };
    this.ready = this.#ready.promise;
    this.#machine = new SshServerMachine(serverMachineOptions(options));
    const clock = options.clock ?? systemClock;
    this.#connection = new ServerConnection(this.#machine, socket, clock, (event) => this.#handle(event));
    this.#connection.shell.onOver((error) => this.#ready.reject(error));
    this.abort = (reason) => this.#connection.abort(reason);
  }

  #handle(event: SshServerEvent): void {
    switch (event.type) {
      case "hostSignatureNeeded":
        void this.#sign(event.request);
        return;
      case "authAttempt":
        void this.#decide(event.attempt);
        return;
      case "debug":
        this.#options.onDebug?.(event.text);
        return;
      case "ready":
        this.#connection.ready(event.login);
        this.#ready.resolve(this.#connection);
        return;
      default:
    }
  }

  async #sign({ signer, data, algorithm }: HostSignatureRequest): Promise<void> {
    const { shell } = this.#connection;
    try {
      const signature = await askInTime(
        shell.clock,
        this.#timeouts.credentials,
        () => signer.sign(data, algorithm),
        () => new SshError("signer-failed", "signing a key exchange: the host key's signer did not answer in time"),
      );
      shell.tell(() => this.#machine.provideHostSignature(signature));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      shell.fail(new SshError("signer-failed", `signing a key exchange: ${message}`, { phase: "key exchange", cause }));
    }
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
    const left = askedAt + MIN_REFUSAL_MILLISECONDS - shell.clock.now();
    if (attempt.method !== "none" && !isAcceptance(decision) && left > 0) await sleep(shell.clock, left);
    shell.tell(() => this.#machine.decide(decision));
  }
}

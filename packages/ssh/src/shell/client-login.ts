import { type DuplexSocket, systemClock } from "@netconf-kit/socket";
import type { ClientAuthEvent } from "../auth/client.ts";
import { SshError } from "../errors.ts";
import type { SshClientOptions, SshTimeouts } from "../options.ts";
import { type SshClientEvent, SshClientMachine } from "../session/client-machine.ts";
import type { OfferedHostKey, VerifiedHostKey } from "../transport/host-key.ts";
import { ClientConnection, type SshClientConnection } from "./client-connection.ts";
import { type ClientDefaults, clientMachineOptions } from "./client-machine-options.ts";
import { timeoutsOf } from "./common-machine-options.ts";
import type { ShellOwner } from "./connection-shell.ts";
import type { Login } from "./establish.ts";
import { askInTime, Outcome } from "./settle.ts";

/** Answers what the machine asks until the login is complete. */
export class ClientLogin implements Login<SshClientConnection>, ShellOwner<SshClientEvent> {
  readonly #options: SshClientOptions;
  readonly #timeouts: SshTimeouts;
  readonly #machine: SshClientMachine;
  readonly #connection: ClientConnection;
  readonly #ready: Outcome<SshClientConnection> = new Outcome();

  constructor(socket: DuplexSocket, options: SshClientOptions, defaults: ClientDefaults) {
    this.#options = options;
    this.#timeouts = timeoutsOf(options);
    this.#machine = new SshClientMachine(clientMachineOptions(options, defaults));
    this.#connection = new ClientConnection(this.#machine, socket, options.clock ?? systemClock, this);
  }

  get ready(): Promise<SshClientConnection> {
    return this.#ready.promise;
  }

  abort(reason: unknown): void {
    this.#connection.abort(reason);
  }

  over(error: () => Error): void {
    this.#ready.reject(error());
  }

  handle(event: SshClientEvent): void {
    switch (event.type) {
      case "hostKeyOffered":
        void this.#verify(event.key);
        return;
      case "passwordNeeded":
      case "signatureNeeded":
      case "responsesNeeded":
        void this.#answer(event);
        return;
      case "banner":
        this.#options.onBanner?.(event.text);
        return;
      case "hostKeysProved":
        this.#options.onHostKeys?.(event.keys);
        return;
      case "debug":
        this.#options.onDebug?.(event.text);
        return;
      case "ready":
        this.#connection.ready(event.evidence, this.#isDone() ? undefined : this);
        this.#ready.resolve(this.#connection);
        return;
      default:
    }
  }

  /** Whether nothing of what follows the login concerns it. */
  #isDone(): boolean {
    return this.#options.onHostKeys === undefined && this.#options.onDebug === undefined;
  }

  async #verify(key: OfferedHostKey): Promise<void> {
    const { shell } = this.#connection;
    try {
      const verdict = await this.#ask(this.#timeouts.hostKeyVerification, "the host key verifier", () =>
        this.#options.verifyHostKey(key),
      );
      shell.tell(() => this.#logInAt(this.#machine.answerHostKey(verdict)));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : "the verifier gave no verdict";
      shell.tell(() => void this.#machine.answerHostKey({ accept: false, reason }, cause));
    }
  }

  /** Credentials follow the identity: nobody is asked for a password before the server is known. */
  #logInAt(host: VerifiedHostKey): void {
    const { username, authentication } = this.#options;
    if (typeof username !== "function" && typeof authentication !== "function") {
      this.#machine.login(username, authentication);
      return;
    }
    const resolve = async (): Promise<void> => {
      const user = typeof username === "function" ? await username(host) : username;
      const methods = typeof authentication === "function" ? await authentication(host) : authentication;
      this.#connection.shell.tell(() => this.#machine.login(user, methods));
    };
    this.#ask(this.#timeouts.credentials, "the credentials", resolve).catch((cause) => this.#noCredential(cause));
  }

  async #answer(event: ClientAuthEvent): Promise<void> {
    const { shell } = this.#connection;
    const { credentials } = this.#timeouts;
    try {
      if (event.type === "passwordNeeded") {
        const { password } = event.method;
        const text = await this.#ask(credentials, "the password", () =>
          typeof password === "function" ? password() : password,
        );
        shell.tell(() => this.#machine.providePassword(text));
      } else if (event.type === "responsesNeeded") {
        const responses = await this.#ask(credentials, "the answers", () => event.method.respond(event.request));
        shell.tell(() => this.#machine.provideResponses(responses));
      } else if (event.type === "signatureNeeded") await this.#sign(event);
    } catch (cause) {
      this.#noCredential(cause);
    }
  }

  /** A key that does not sign, because an agent or a person refuses, leaves room for the next method. */
  async #sign({ signer, data, algorithm }: ClientAuthEvent & { type: "signatureNeeded" }): Promise<void> {
    const { shell } = this.#connection;
    const signature = await this.#ask(this.#timeouts.credentials, "the signature", () =>
      signer.sign(data, algorithm),
    ).catch(() => undefined);
    shell.tell(() => {
      if (signature === undefined) this.#machine.skipMethod();
      else this.#machine.provideSignature(signature);
    });
  }

  #ask<T>(milliseconds: number, what: string, ask: () => T | Promise<T>): Promise<T> {
    return askInTime(this.#connection.shell.clock, milliseconds, ask, () => {
      return new SshError("credential-unavailable", `logging in: ${what} did not answer in time`);
    });
  }

  #noCredential(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#connection.shell.fail(
      new SshError("credential-unavailable", `logging in: the credentials could not be had: ${message}`, {
        phase: "authentication",
        cause,
      }),
    );
  }
}

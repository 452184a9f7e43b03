import type { Authenticated } from "../auth/authenticated.ts";
import { ServerAuth, type ServerAuthPort } from "../auth/server.ts";
import type { AuthAttempt, AuthDecision } from "../auth/server-attempt.ts";
import { SshError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import type { HostSignatureRequest } from "../transport/key-exchange.ts";
import { HostKeyProofs } from "./host-key-proofs.ts";
import { type SessionEvent, SessionMachine, type SessionMachineOptions } from "./session-machine.ts";

export interface SshServerMachineOptions extends SessionMachineOptions {
  readonly hostKeys: readonly Signer[];
  /** Methods to offer (RFC 4252 §5.1). */
  readonly methods: readonly string[];
  readonly maxAuthFailures: number;
  readonly maxAuthRequests: number;
  /** Milliseconds from the start to a complete login. */
  readonly loginTimeout: number;
  readonly banner: string | undefined;
  /** Whether clients may ask for connections to somewhere else; each request is an event then. */
  readonly allowsDirectTcpip: boolean;
}

export type SshServerEvent =
  | SessionEvent
  /** The key exchange needs a signature: `provideHostSignature()`. */
  | { readonly type: "hostSignatureNeeded"; readonly request: HostSignatureRequest }
  /** The client asks for proofs of host keys: `provideHostKeyProofs()`. */
  | { readonly type: "hostKeyProofsNeeded"; readonly requests: readonly HostSignatureRequest[] }
  /** A user tries to log in: `decide()`. */
  | { readonly type: "authAttempt"; readonly attempt: AuthAttempt }
  /** The login is complete: the client may open channels. */
  | { readonly type: "ready"; readonly login: Authenticated };

/** The SSH server without I/O: bytes and time in, events and bytes out. */
export class SshServerMachine extends SessionMachine<SshServerEvent> implements ServerAuthPort {
  /** Until the login is complete: an open connection keeps nothing of it. */
  #auth: ServerAuth | undefined;
  /** Only of several host keys: a single one is what the client has seen already. */
  readonly #proofs: HostKeyProofs | undefined;
  #loginDeadline: number | undefined;

  constructor(options: SshServerMachineOptions) {
    // RFC 4253 §7.1: the server lists the algorithms for which it has host keys.
    const hostKey = options.algorithms.hostKey.filter(({ name }) =>
      options.hostKeys.some((key) => key.algorithms.includes(name)),
    );
    if (hostKey.length === 0)
      throw new SshError("local-usage", "starting an SSH server: no host key fits the host key algorithms");
    super("server", options, {
      offer: { ...options.algorithms, hostKey },
      hostKeys: options.hostKeys,
      // Users may have keys of types that this server has not.
      userSignatureAlgorithms: options.algorithms.hostKey,
      allowsDirectTcpip: options.allowsDirectTcpip,
    });
    this.#loginDeadline = options.now + options.loginTimeout;
    const { transport, mux } = this;
    if (options.hostKeys.length > 1)
      this.#proofs = new HostKeyProofs({
        hostKeys: options.hostKeys,
        algorithms: hostKey.map(({ name }) => name),
        global: mux.global,
        transport,
        signaturesNeeded: (requests) => this.emit({ type: "hostKeyProofsNeeded", requests }),
      });
    this.#auth = new ServerAuth(
      {
        provider: options.provider,
        signatureAlgorithms: options.algorithms.hostKey,
        methods: options.methods,
        maxFailures: options.maxAuthFailures,
        maxRequests: options.maxAuthRequests,
        banner: options.banner,
      },
      this,
    );
  }

  /** The signature over the key exchange. */
  provideHostSignature(signature: Uint8Array): void {
    this.command(() => this.transport.provideHostSignature(signature));
  }

  /** The answer to `authAttempt`. Everything but an explicit acceptance refuses. */
  decide(decision: AuthDecision): void {
    this.command(() => {
      if (this.#auth === undefined) throw new SshError("local-usage", "logging in: no attempt awaits a decision");
      this.#auth.decide(decision);
      this.transport.resume();
    });
  }

  /** The signatures of `hostKeyProofsNeeded`, in its order; `undefined` when they could not be made. */
  provideHostKeyProofs(signatures: readonly Uint8Array[] | undefined): void {
    this.command(() => {
      if (this.#proofs === undefined) throw new SshError("local-usage", "nobody has asked for proofs of host keys");
      this.#proofs.provide(signatures);
    });
  }

  acceptSubsystem(channel: number): void {
    this.command(() => this.mux.acceptSubsystem(channel));
  }

  rejectSubsystem(channel: number): void {
    this.command(() => this.mux.rejectSubsystem(channel));
  }

  /** There is a connection to where the client wants one: the channel carries it from now on. */
  acceptDirectTcpip(channel: number): void {
    this.command(() => this.mux.acceptDirectTcpip(channel));
  }

  refuseDirectTcpip(channel: number, why: "prohibited" | "failed"): void {
    this.command(() => this.mux.refuseDirectTcpip(channel, why));
  }

  protected override get roleDeadline(): number | undefined {
    return this.#loginDeadline;
  }

  protected override roleAdvance(now: number): void {
    if (this.#loginDeadline !== undefined && now >= this.#loginDeadline)
      throw new SshError("timeout-authentication", "waiting for a login: it was not complete in time", {
        phase: "authentication",
      });
  }

  override secured(): void {
    // The client speaks next: it asks for a service.
  }

  protected override receiveAuth(number: number, payload: Uint8Array): void {
    this.#auth?.receive(number, payload);
  }

  override hostKeyOffered(): void {
    // Cannot happen: servers see no host keys.
  }

  override hostSignatureNeeded(request: HostSignatureRequest): void {
    this.emit({ type: "hostSignatureNeeded", request });
  }

  // What the login tells.

  started(): void {
    this.transport.enter("authentication");
  }

  attempted(attempt: AuthAttempt): void {
    this.transport.pause();
    this.emit({ type: "authAttempt", attempt });
  }

  authenticated(login: Authenticated): void {
    this.#loginDeadline = undefined;
    this.#auth = undefined;
    this.enterOpen();
    this.#proofs?.announce();
    this.emit({ type: "ready", login });
  }
}

import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import type { Authenticated } from "../auth/authenticated.ts";
import { ClientAuth, type ClientAuthEvent, type ClientAuthPort } from "../auth/client.ts";
import type { AuthenticationMethod } from "../auth/client-methods.ts";
import type { ChannelPurpose } from "../connection/channel.ts";
import { SshError } from "../errors.ts";
import {
  acceptHostKey,
  type HostKeyVerdict,
  type OfferedHostKey,
  type VerifiedHostKey,
} from "../transport/host-key.ts";
import type { StrictKex } from "../transport/strict-kex.ts";
import { HostKeyUpdate } from "./host-key-update.ts";
import { type SessionEvent, SessionMachine, type SessionMachineOptions } from "./session-machine.ts";

export interface SshClientMachineOptions extends SessionMachineOptions {
  /** Milliseconds for each answer of the server during the login. */
  readonly authenticationTimeout: number;
  /** Milliseconds for opening a channel and starting what it is for. */
  readonly channelOpenTimeout: number;
  /**
   * What other host keys of the server may prove themselves with, once it announces them; `undefined`: nobody wants to know.
   * More than what is offered for the key exchange, which often is only what fits the keys that are known already.
   */
  readonly hostKeyUpdate: readonly HostKeyAlgorithm[] | undefined;
}

/** The proofs that an open connection rests on. */
export interface ClientEvidence {
  readonly hostKey: VerifiedHostKey;
  readonly login: Authenticated;
  /** Absent when the server does not know the strict key exchange. */
  readonly strictKex: StrictKex | undefined;
}

export type SshClientEvent =
  | SessionEvent
  | ClientAuthEvent
  /** The server has proved to hold this key: `answerHostKey()`. */
  | { readonly type: "hostKeyOffered"; readonly key: OfferedHostKey }
  /** The server has announced these host keys, and proved to hold each of them. */
  | { readonly type: "hostKeysProved"; readonly keys: readonly OfferedHostKey[] }
  /** The login is complete: channels may be opened. */
  | { readonly type: "ready"; readonly evidence: ClientEvidence };

/**
 * The SSH client without I/O: bytes and time in, events and bytes out.
 *
 * The application answers `hostKeyOffered`, calls `login()` once, answers what the login asks for, and opens channels
 * after `ready`.
 */
export class SshClientMachine extends SessionMachine<SshClientEvent> implements ClientAuthPort {
  /** Until the login is complete: an open connection keeps nothing of it. */
  #auth: ClientAuth | undefined;
  readonly #channelOpenTimeout: number;
  #offered: OfferedHostKey | undefined;

  constructor(options: SshClientMachineOptions) {
    super("client", options);
    this.#channelOpenTimeout = options.channelOpenTimeout;
    const { transport, mux } = this;
    if (options.hostKeyUpdate !== undefined)
      new HostKeyUpdate({
        provider: options.provider,
        algorithms: options.hostKeyUpdate,
        global: mux.global,
        get sessionId() {
          return transport.requireSessionId();
        },
        get hostKey() {
          return transport.hostKey;
        },
        proved: (keys) => this.emit({ type: "hostKeysProved", keys }),
        ignored: (text) => this.emit({ type: "debug", text }),
      });
    this.#auth = new ClientAuth(this, options.authenticationTimeout, options.now);
  }

  /** The verdict about the offered host key. Everything but an explicit acceptance ends the connection. */
  answerHostKey(verdict: HostKeyVerdict, cause?: unknown): VerifiedHostKey {
    return this.command(() => {
      const offered = this.#offered;
      if (offered === undefined) throw new SshError("local-usage", "no host key awaits a verdict");
      this.#offered = undefined;
      const verified = acceptHostKey(offered, verdict, cause);
      this.transport.acceptHostKey(verified);
      return verified;
    });
  }

  /** Who logs in and how, best method first. To be called once, after the host key is known. */
  login(username: string, methods: readonly AuthenticationMethod[]): void {
    this.command(() => this.#login().login(username, methods));
  }

  providePassword(password: string): void {
    this.command(() => this.#login().providePassword(password));
  }

  provideSignature(signature: Uint8Array): void {
    this.command(() => this.#login().provideSignature(signature));
  }

  provideResponses(responses: readonly string[]): void {
    this.command(() => this.#login().provideResponses(responses));
  }

  /** The key that was asked for a signature does not give one; the next method is tried. */
  skipMethod(): void {
    this.command(() => this.#login().skipMethod());
  }

  /** Opens a channel for a subsystem or a command. `channelReady` or `channelFailed` follows. */
  openChannel(purpose: ChannelPurpose): number {
    return this.command(() => {
      if (this.transport.stage !== "open")
        throw new SshError("local-usage", "opening a channel: the connection is not open");
      return this.mux.open(purpose, this.now + this.#channelOpenTimeout);
    });
  }

  /** Nobody waits for this opening any more. No further event of the channel follows. */
  abandonChannel(channel: number): void {
    this.command(() => this.mux.abandon(channel));
  }

  protected override get roleDeadline(): number | undefined {
    return this.#auth?.deadline;
  }

  protected override roleAdvance(now: number): void {
    this.#auth?.advance(now);
  }

  override secured(): void {
    this.#auth?.secured();
  }

  protected override receiveAuth(number: number, payload: Uint8Array): void {
    this.#auth?.receive(number, payload);
  }

  override hostKeyOffered(key: OfferedHostKey): void {
    this.#offered = key;
    this.emit({ type: "hostKeyOffered", key });
  }

  override hostSignatureNeeded(): void {
    // Cannot happen: only servers sign key exchanges.
  }

  // What the login asks for and tells.

  get serverSignatureAlgorithms(): readonly string[] | undefined {
    return this.transport.serverSignatureAlgorithms;
  }

  started(): void {
    this.transport.enter("authentication");
  }

  authenticated(login: Authenticated): void {
    const { hostKey, strict } = this.transport;
    // Cannot happen: no login begins before the host key has been accepted.
    if (hostKey === undefined) throw new SshError("local-usage", "the login is complete without a verified host key");
    this.#auth = undefined;
    this.enterOpen();
    this.emit({ type: "ready", evidence: { hostKey, login, strictKex: strict } });
  }

  #login(): ClientAuth {
    if (this.#auth === undefined) throw new SshError("local-usage", "logging in: the login is complete");
    return this.#auth;
  }
}

import type { ProtocolMachine } from "@netconf-kit/socket";
import type { CryptoJob } from "../algorithms/packet-cipher.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import type { AlgorithmPreferences } from "../algorithms/registry.ts";
import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import type { ConnectionEvent } from "../connection/events.ts";
import type { ConnectionLimits } from "../connection/limits.ts";
import { Mux } from "../connection/mux.ts";
import type { ConnectionPort } from "../connection/port.ts";
import { SshError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import { disconnectReasons } from "../messages/transport.ts";
import { earliest } from "../transport/earliest.ts";
import type { OfferedHostKey } from "../transport/host-key.ts";
import type { HostSignatureRequest } from "../transport/key-exchange.ts";
import type { Role } from "../transport/legal-messages.ts";
import type { TransportLimits, TransportTimeouts } from "../transport/limits.ts";
import { Transport } from "../transport/machine.ts";
import type { RekeyOptions } from "../transport/rekey.ts";
import { stageName } from "../transport/stage.ts";
import type { TransportUser } from "../transport/transport-options.ts";
import { Keepalive, type KeepaliveOptions } from "./keepalive.ts";
import { describeNegotiated, type NegotiatedAlgorithms } from "./negotiated.ts";

/** What both roles need to start. Time is in milliseconds of the caller's clock. */
export interface SessionMachineOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly algorithms: AlgorithmPreferences;
  readonly softwareVersion: string;
  readonly transportLimits: TransportLimits;
  readonly connectionLimits: ConnectionLimits;
  readonly timeouts: TransportTimeouts;
  readonly rekey: RekeyOptions;
  readonly keepalive: KeepaliveOptions | undefined;
  readonly now: number;
}

/** What only a server brings along. */
export interface ServerSide {
  /** Takes the place of `algorithms`: only what there are host keys for. */
  readonly offer: AlgorithmPreferences;
  readonly hostKeys: readonly Signer[];
  readonly userSignatureAlgorithms: readonly HostKeyAlgorithm[];
  readonly allowsDirectTcpip: boolean;
}

/** Events that both roles have. */
export type SessionEvent =
  | ConnectionEvent
  | { readonly type: "rekeyed" }
  | { readonly type: "debug"; readonly text: string }
  /** Cryptography that the runtime does aside: `finishJob()` with what `job.run()` gives, in any order. */
  | { readonly type: "jobNeeded"; readonly job: CryptoJob }
  /** The peer has ended the connection in good order. */
  | { readonly type: "disconnected"; readonly description: string };

/**
 * What client and server machine share: the transport below, the channels above, time, failure.
 *
 * Commands throw `local-usage` when they are not legal now; that leaves the machine as it is. Any other error ends the
 * connection, and every later call gives the same error again.
 */
export abstract class SessionMachine<Event>
  implements ProtocolMachine<Event | SessionEvent>, TransportUser, ConnectionPort
{
  readonly role: Role;
  protected readonly transport: Transport;
  readonly #keepaliveOptions: KeepaliveOptions | undefined;
  readonly #mux: Mux;
  readonly #provider: CryptoProvider;
  #events: (Event | SessionEvent)[] = [];
  #nextEvent = 0;
  #keepalive: Keepalive | undefined;
  #failure: Error | undefined;
  #now: number;
  #heard = 0;
  #endWaits = false;

  protected constructor(role: Role, options: SessionMachineOptions, server?: ServerSide) {
    this.role = role;
    this.#now = options.now;
    this.#keepaliveOptions = options.keepalive;
    const { provider, random, softwareVersion, timeouts, rekey, now } = options;
    this.#provider = provider;
    this.transport = new Transport({
      role,
      provider,
      random,
      softwareVersion,
      timeouts,
      rekey,
      now,
      hostKeys: server?.hostKeys ?? NONE,
      userSignatureAlgorithms: server?.userSignatureAlgorithms ?? NONE,
      offer: server?.offer ?? options.algorithms,
      limits: options.transportLimits,
      user: this,
    });
    this.#mux = new Mux({
      role,
      limits: options.connectionLimits,
      allowsDirectTcpip: server?.allowsDirectTcpip ?? false,
      port: this,
    });
  }

  /** Why the connection is over, when it did not end in good order. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether the connection is over, one way or the other. */
  get isClosed(): boolean {
    return this.transport.stage === "closed";
  }

  /** The algorithms in use; `undefined` before the first key exchange is over. */
  get negotiated(): NegotiatedAlgorithms | undefined {
    const { agreed, strict, ourVersion, peerVersion } = this.transport;
    if (agreed === undefined || peerVersion === undefined) return undefined;
    const [client, server] = this.role === "client" ? [ourVersion, peerVersion] : [peerVersion, ourVersion];
    return describeNegotiated(agreed, strict !== undefined, client, server);
  }

  get outputLength(): number {
    return this.transport.output.length;
  }

  get deadline(): number | undefined {
    if (this.isClosed) return undefined;
    return earliest(this.transport.deadline, this.roleDeadline, this.#mux.deadline, this.#keepalive?.deadline);
  }

  /** Packets are opened in memory of our own. */
  get copiesInput(): boolean {
    return true;
  }

  receive(chunk: Uint8Array): void {
    this.#guard(() => {
      this.transport.receive(chunk);
      this.#noteReceived();
    });
  }

  /** Bytes of input that wait for a job: above some limit of its own, the owner should not read on. */
  get waitingForJob(): number {
    return this.transport.waitingForJob;
  }

  /** Brings the result of a job. One that nobody waits for any more, as after new keys, changes nothing. */
  finishJob(job: CryptoJob, result: Uint8Array | undefined): void {
    this.#guard(() => {
      this.transport.finishJob(job, result);
      this.#noteReceived();
      if (this.#endWaits) this.#end();
    });
  }

  receiveEnd(): void {
    this.#guard(() => this.#end());
  }

  nextEvent(): Event | SessionEvent | undefined {
    const event = this.#events[this.#nextEvent];
    if (event === undefined) return undefined;
    this.#nextEvent++;
    if (this.#nextEvent === this.#events.length) {
      this.#events = [];
      this.#nextEvent = 0;
    }
    return event;
  }

  takeOutput(): Uint8Array | undefined {
    return this.transport.takeOutput();
  }

  recycle(output: Uint8Array): void {
    this.transport.output.recycle(output);
  }

  advance(now: number): void {
    this.#guard(() => {
      this.#now = now;
      if (this.isClosed) return;
      this.transport.advance(now);
      this.roleAdvance(now);
      this.#mux.advance(now);
      this.#advanceKeepalive(now);
    });
  }

  /** Sends as much of `bytes` on a channel as may go now, and says how much: see `channelWritable`. */
  writeChannel(channel: number, bytes: Uint8Array, maxOutputBytes: number): number {
    return this.command(() => this.#mux.write(channel, bytes, maxOutputBytes));
  }

  /** The application has taken `bytes` bytes of a channel's data: the peer may send as many again. */
  consumedChannel(channel: number, bytes: number): void {
    this.command(() => this.#mux.consumed(channel, bytes));
  }

  /** Nobody looks at these bytes of a channel any more: `channelData` has brought them, in one piece. */
  recycleData(bytes: Uint8Array): void {
    this.#provider.recycle?.(bytes);
  }

  /** Ends our direction of a channel. */
  endChannel(channel: number): void {
    this.command(() => this.#mux.end(channel));
  }

  /** Closes a channel. A server says first how its subsystem ended. */
  closeChannel(channel: number, failed = false): void {
    this.command(() => this.#mux.close(channel, failed));
  }

  /** Asks the peer for a sign of life; `pong` with this token is the answer. */
  ping(): number {
    this.#requireOpen("asking for a sign of life");
    return this.command(() => this.#mux.ping());
  }

  /** Changes the keys; `rekeyed` tells when that is done. */
  rekey(): void {
    this.#requireOpen("changing the keys");
    this.command(() => this.transport.startRekey());
  }

  /** Ends the connection in good order. */
  close(description = "closed by the application"): void {
    this.transport.close(disconnectReasons.byApplication, description);
  }

  /** Ends the connection with an error, which every later call gives again. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    if (error instanceof SshError) this.transport.close(error.disconnectReason, farewell(error));
    else this.transport.close(disconnectReasons.byApplication, "internal error");
  }

  // What the transport tells.

  abstract secured(): void;
  abstract hostKeyOffered(key: OfferedHostKey): void;
  abstract hostSignatureNeeded(request: HostSignatureRequest): void;

  receiveMessage(number: number, payload: Uint8Array): void {
    if (this.transport.stage === "open") this.#mux.receive(number, payload);
    else this.receiveAuth(number, payload);
  }

  resumed(): void {
    this.#mux.resumed();
  }

  rekeyed(): void {
    this.emit({ type: "rekeyed" });
  }

  jobNeeded(job: CryptoJob): void {
    this.emit({ type: "jobNeeded", job });
  }

  debug(text: string): void {
    this.emit({ type: "debug", text });
  }

  unimplemented(): void {
    this.#mux.unimplemented();
  }

  disconnected(description: string): void {
    this.emit({ type: "disconnected", description });
  }

  // What login and channels need of the transport.

  get mayTransfer(): boolean {
    return this.transport.mayTransfer;
  }

  get peerAnswersPing(): boolean {
    return this.transport.peerAnswersPing;
  }

  get sessionId(): Uint8Array {
    return this.transport.requireSessionId();
  }

  send(payload: Uint8Array): void {
    this.transport.send(payload);
  }

  transfer(head: Uint8Array, body: Uint8Array): void {
    this.transport.transfer(head, body);
  }

  emit(event: Event | SessionEvent): void {
    this.#events.push(event);
  }

  protected get mux(): Mux {
    return this.#mux;
  }

  protected get now(): number {
    return this.#now;
  }

  protected abstract readonly roleDeadline: number | undefined;
  protected abstract roleAdvance(now: number): void;
  protected abstract receiveAuth(number: number, payload: Uint8Array): void;

  protected command<T>(action: () => T): T {
    return this.#guard(() => {
      if (this.isClosed) throw new SshError("local-usage", "the connection is closed");
      return action();
    });
  }

  /** The login is complete: channels may be opened. */
  protected enterOpen(): void {
    this.transport.enter("open");
    if (this.#keepaliveOptions !== undefined) this.#keepalive = new Keepalive(this.#keepaliveOptions, this.#now);
  }

  #noteReceived(): void {
    if (this.transport.received === this.#heard) return;
    this.#heard = this.transport.received;
    this.#keepalive?.heard(this.#now);
  }

  /** The peer has ended its direction; what it sent before comes first. */
  #end(): void {
    const { stage } = this.transport;
    this.#endWaits = this.transport.waitingForJob > 0;
    if (stage === "closed" || this.#endWaits) return;
    if (stage !== "open" || this.#mux.channelCount > 0)
      throw new SshError("connection-ended", `the peer ended the connection during ${stageName(stage)}`, {
        phase: stageName(stage),
      });
    this.transport.close(undefined, "");
    this.emit({ type: "disconnected", description: "" });
  }

  #advanceKeepalive(now: number): void {
    const due = this.#keepalive?.advance(now);
    if (due === "ask") this.#mux.ping();
    else if (due === "lost")
      throw new SshError("keepalive-lost", "asking for a sign of life: the peer has been silent for too long", {
        phase: "connection",
      });
  }

  #requireOpen(what: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.transport.stage !== "open") throw new SshError("local-usage", `${what}: the connection is not open`);
  }

  #guard<T>(action: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return action();
    } catch (error) {
      if (error instanceof SshError && error.code === "local-usage") throw error;
      const failure = error instanceof Error ? error : new Error(String(error), { cause: error });
      this.fail(failure);
      throw failure;
    }
  }
}

const NONE: readonly never[] = [];

/** What the peer is told. Reasons of our own side are not its business. */
function farewell({ fault, code, message }: SshError): string {
  return fault === "local" || code === "host-key-rejected" ? code : message;
}

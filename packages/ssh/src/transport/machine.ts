import type { CryptoJob, PacketOpener, PacketSealer } from "../algorithms/packet-cipher.ts";
import { SshError } from "../errors.ts";
import { SSH_MSG } from "../messages/numbers.ts";
import {
  decodeDebug,
  decodeDisconnect,
  disconnectReasons,
  encodeDisconnect,
  encodeUnimplemented,
} from "../messages/transport.ts";
import { printable } from "../wire/printable.ts";
import { earliest } from "./earliest.ts";
import { ExtInfoReceiver, serverExtInfo } from "./ext-info.ts";
import { HeldTraffic } from "./held-traffic.ts";
import type { OfferedHostKey, VerifiedHostKey } from "./host-key.ts";
import { InputAllowance } from "./input-allowance.ts";
import { InputBuffer } from "./input-buffer.ts";
import { type HostSignatureRequest, KeyExchange, type KeyExchangePort } from "./key-exchange.ts";
import { judgeMessage } from "./legal-messages.ts";
import type { AgreedAlgorithms } from "./negotiate.ts";
import { PacketReader } from "./packet-reader.ts";
import { PacketWriter } from "./packet-writer.ts";
import { RekeyPolicy } from "./rekey.ts";
import { disconnectedByPeer, receivePhase, refusal, type Stage, transportTimeout } from "./stage.ts";
import type { StrictKex } from "./strict-kex.ts";
import type { TransportOptions } from "./transport-options.ts";
import { identification, VersionReader } from "./version-exchange.ts";

/**
 * The SSH transport protocol (RFC 4253) for both roles: version exchange, packets, key exchange and rekeying. Ordinary
 * messages pass through here, judged by the table of legal messages.
 */
export class Transport implements KeyExchangePort {
  readonly #options: TransportOptions;
  readonly #input = new InputBuffer();
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  #versionReader: VersionReader | undefined;
  readonly #exchange: KeyExchange;
  readonly #extInfo: ExtInfoReceiver;
  readonly #rekey: RekeyPolicy;
  readonly #held: HeldTraffic;
  readonly #allowance: InputAllowance;
  readonly #ourVersion: string;
  #peerVersion: string | undefined;
  #stage: Stage = "version";
  #agreed: AgreedAlgorithms | undefined;
  #now: number;
  #deadline: number | undefined;
  #patience: number | undefined;
  #paused = false;
  #running = false;
  #received = 0;

  constructor(options: TransportOptions) {
    const { role, random, limits, timeouts } = options;
    this.#options = options;
    this.#now = options.now;
    this.#reader = new PacketReader(limits.maxPacketBytesBeforeLogin);
    this.#writer = new PacketWriter(random, options.user);
    this.#versionReader = new VersionReader(role);
    this.#exchange = new KeyExchange(options, this);
    this.#extInfo = new ExtInfoReceiver(role);
    this.#rekey = new RekeyPolicy(options.rekey);
    this.#held = new HeldTraffic(limits.maxHeldBytes);
    this.#allowance = new InputAllowance(limits);
    this.#ourVersion = identification(options.softwareVersion);
    this.#writer.output.append(new TextEncoder().encode(`${this.#ourVersion}\r\n`));
    this.#deadline = options.now + timeouts.versionExchange;
    if (role === "server") this.#exchange.start(); // RFC 4253 §4.2: at once. A client waits, see offer-order.ts.
  }

  get stage(): Stage {
    return this.#stage;
  }

  get ourVersion(): string {
    return this.#ourVersion;
  }

  get peerVersion(): string | undefined {
    return this.#peerVersion;
  }

  /** H of the first key exchange, which has to be over. */
  requireSessionId(): Uint8Array {
    const { sessionId } = this.#exchange;
    // Cannot happen: nobody logs in before the first key exchange is over.
    if (sessionId === undefined) throw new SshError("local-usage", "there is no session identifier yet");
    return sessionId;
  }

  get strict(): StrictKex | undefined {
    return this.#exchange.strict;
  }

  get hostKey(): VerifiedHostKey | undefined {
    return this.#exchange.hostKey;
  }

  /** What the last finished key exchange has agreed on. */
  get agreed(): AgreedAlgorithms | undefined {
    return this.#agreed;
  }

  /** What the server accepts in publickey requests, if it has said so (RFC 8308 §3.1). */
  get serverSignatureAlgorithms(): readonly string[] | undefined {
    return this.#extInfo.serverSignatureAlgorithms;
  }

  /** Whether the peer has announced that it answers SSH_MSG_PING. */
  get peerAnswersPing(): boolean {
    return this.#extInfo.answersPing;
  }

  get output(): PacketWriter["output"] {
    return this.#writer.output;
  }

  /** Packets received so far: a sign of life. */
  get received(): number {
    return this.#received;
  }

  get deadline(): number | undefined {
    if (this.#stage === "closed") return undefined;
    const rekeyAt = this.#stage === "open" && this.#exchange.idle ? this.#rekey.dueAt : undefined;
    const beginAt = this.#exchange.awaitsServer ? this.#patience : undefined;
    return earliest(this.#deadline, rekeyAt, beginAt);
  }

  takeOutput(): Uint8Array | undefined {
    return this.#writer.output.take();
  }

  receive(chunk: Uint8Array): void {
    if (this.#stage === "closed") return;
    this.#input.append(chunk);
    this.#run();
    if (this.#paused) this.#allowance.checkWaiting(this.#input.length, this.#stage);
  }

  /** Bytes of input that wait for a job to be done. */
  get waitingForJob(): number {
    return this.#reader.waits ? this.#input.length : 0;
  }

  /** A job is done. Goes on with the input that has waited for it; throws what that input deserves. */
  finishJob(job: CryptoJob, result: Uint8Array | undefined): void {
    if (this.#stage === "closed" || this.#writer.finish(job, result)) return;
    this.#reader.finish(job, result);
    this.#run();
  }

  advance(now: number): void {
    this.#now = now;
    if (this.#stage === "closed") return;
    if (this.#deadline !== undefined && now >= this.#deadline) throw transportTimeout(this.#stage);
    if (this.#exchange.awaitsServer && this.#patience !== undefined && now >= this.#patience) this.#exchange.start();
    const { dueAt } = this.#rekey;
    if (this.#stage === "open" && dueAt !== undefined && now >= dueAt) this.startRekey();
  }

  /** The layer above enters its next phase. */
  enter(stage: "authentication" | "open"): void {
    this.#stage = stage;
    if (stage !== "open") return;
    this.#extInfo.authenticated();
    const { limits, user } = this.#options;
    this.#reader.maxPacketLength = limits.maxPacketBytes;
    // Only who has logged in may keep several jobs going.
    this.#reader.openAhead(user);
  }

  /** Input waits until `resume()`. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on with the input that has waited. Throws what that input deserves. */
  resume(): void {
    this.#paused = false;
    this.#run();
  }

  /** Sends a message of the layer above; during a key exchange it waits its turn. */
  send(payload: Uint8Array): void {
    if (this.#stage === "closed") return;
    if (this.#exchange.holdsTraffic) {
      this.#held.push(payload);
      return;
    }
    this.#writer.write(payload);
    this.#rekeyIfDue();
  }

  /** Whether `transfer()` may be called: bulk data is never held back here, its owner keeps it. */
  get mayTransfer(): boolean {
    return this.#stage === "open" && !this.#exchange.holdsTraffic;
  }

  /** Sends a message made of two parts at once. */
  transfer(head: Uint8Array, body: Uint8Array): void {
    this.#writer.write(head, body);
    this.#rekeyIfDue();
  }

  /** Begins a key exchange unless one is under way. */
  startRekey(): void {
    if (this.#stage !== "open" || !this.#exchange.idle) return;
    this.#deadline = this.#now + this.#options.timeouts.keyExchange;
    this.#exchange.start();
  }

  acceptHostKey(verified: VerifiedHostKey): void {
    this.#restartExchangeTimer();
    this.#exchange.acceptHostKey(verified);
    this.resume();
  }

  provideHostSignature(signature: Uint8Array): void {
    this.#restartExchangeTimer();
    this.#exchange.provideSignature(signature);
    this.resume();
  }

  /** Ends the connection; the peer is told `reason` where it can understand it. */
  close(reason: number | undefined, description: string): void {
    if (this.#stage === "closed") return;
    // Somebody who has not shown to speak SSH would not understand a packet.
    if (reason !== undefined && this.#peerVersion !== undefined)
      this.#writer.write(
        encodeDisconnect({ type: "disconnect", reason, description: printable(description, 200), languageTag: "" }),
      );
    this.#stage = "closed";
    this.#deadline = undefined;
    this.#input.clear();
    this.#held.clear();
    this.#writer.destroy();
    this.#reader.destroy();
  }

  /** For the key exchange, as the next four: sends at once, past the hold. */
  sendNow(payload: Uint8Array): void {
    this.#writer.write(payload);
  }

  hostKeyOffered(key: OfferedHostKey): void {
    this.#waitForOurselves();
    this.#options.user.hostKeyOffered(key);
  }

  hostSignatureNeeded(request: HostSignatureRequest): void {
    this.#waitForOurselves();
    this.#options.user.hostSignatureNeeded(request);
  }

  sendKeysChanged(sealer: PacketSealer, agreed: AgreedAlgorithms): void {
    const { role, user, userSignatureAlgorithms } = this.#options;
    // draft-ietf-sshm-strict-kex §3: sequence numbers start again with every NEWKEYS.
    this.#writer.rekey(sealer, this.#exchange.strict !== undefined);
    this.#rekey.sendKeysChanged(agreed, role === "client", this.#now);
    // RFC 8308 §2.4: the next packet after the server's first NEWKEYS.
    if (role === "server" && this.#stage === "initial" && this.#exchange.peerTakesExtInfo)
      this.#writer.write(serverExtInfo(userSignatureAlgorithms.map(({ name }) => name)));
    for (const payload of this.#held.takeAll()) this.#writer.write(payload);
    user.resumed();
  }

  receiveKeysChanged(opener: PacketOpener, agreed: AgreedAlgorithms): void {
    this.#reader.rekey(opener, this.#exchange.strict !== undefined);
    this.#agreed = agreed;
    this.#deadline = undefined;
    if (this.#stage === "initial") {
      this.#stage = "service";
      this.#options.user.secured();
    } else this.#options.user.rekeyed();
  }

  #run(): void {
    // A command given inside a callback must not parse in the middle of a packet.
    if (this.#running) return;
    this.#running = true;
    try {
      while (!this.#paused && this.#stage !== "closed") if (!this.#step()) return;
    } finally {
      this.#running = false;
    }
  }

  /** Takes one unit of input; `false` when there is none. */
  #step(): boolean {
    if (this.#stage === "version") return this.#readVersion();
    const before = this.#reader.counter.bytes;
    const payload = this.#reader.next(this.#input);
    if (payload === undefined) return false;
    this.#received++;
    if (this.#stage !== "open") this.#allowance.spendBeforeLogin(this.#reader.counter.bytes - before, this.#stage);
    this.#dispatch(payload[0] ?? 0, payload);
    this.#rekeyIfDue();
    return true;
  }

  #readVersion(): boolean {
    const version = this.#versionReader?.next(this.#input);
    if (version === undefined) return false;
    this.#versionReader = undefined;
    this.#peerVersion = version;
    this.#stage = "initial";
    this.#restartExchangeTimer();
    this.#patience = this.#now + KEXINIT_PATIENCE;
    if (this.#options.role === "client") this.#exchange.begin(this.#ourVersion, version);
    else this.#exchange.begin(version, this.#ourVersion);
    return true;
  }

  #dispatch(number: number, payload: Uint8Array): void {
    const strict = this.#exchange.strict !== undefined;
    if (this.#exchange.skips(number)) return;
    const phase = receivePhase(this.#stage, this.#exchange.receives);
    const verdict = judgeMessage(this.#options.role, phase, number, strict);
    if (this.#stage === "service" || this.#stage === "authentication")
      this.#extInfo.observe(number, payload, this.#stage === "authentication");
    if (verdict === "deliver") this.#deliver(number, payload);
    else if (verdict === "unimplemented") this.#answerUnimplemented();
    else if (verdict === "refuse") throw refusal(number, phase, strict, this.#stage);
  }

  #deliver(number: number, payload: Uint8Array): void {
    switch (number) {
      case SSH_MSG.disconnect:
        this.#receiveDisconnect(payload);
        return;
      case SSH_MSG.ignore:
      case SSH_MSG.extInfo:
        return;
      case SSH_MSG.unimplemented:
        this.#options.user.unimplemented();
        return;
      case SSH_MSG.debug:
        this.#options.user.debug(printable(decodeDebug(payload).message));
        return;
      case SSH_MSG.kexInit:
        if (this.#stage === "open" && this.#exchange.idle)
          this.#rekey.peerBegins(this.#writer.counter, this.#reader.counter, this.#now);
        this.#restartExchangeTimer();
        this.#exchange.receiveKexInit(payload, (this.#reader.counter.sequence - 1) >>> 0);
        return;
      case SSH_MSG.newKeys:
        this.#exchange.receiveNewKeys(payload);
        return;
      case SSH_MSG.ecdhInit:
      case SSH_MSG.ecdhReply:
      case SSH_MSG.gexReply:
        this.#exchange.receiveMethod(payload);
        return;
      case SSH_MSG.ping:
        // Announced to clients that take SSH_MSG_EXT_INFO; to others it is a message that we do not know.
        if (this.#exchange.peerTakesExtInfo) this.#options.user.receiveMessage(number, payload);
        else this.#answerUnimplemented();
        return;
      default:
        this.#options.user.receiveMessage(number, payload);
    }
  }

  /** RFC 4253 §11.4. */
  #answerUnimplemented(): void {
    this.#writer.write(
      encodeUnimplemented({ type: "unimplemented", sequence: (this.#reader.counter.sequence - 1) >>> 0 }),
    );
  }

  #receiveDisconnect(payload: Uint8Array): void {
    const goodbye = decodeDisconnect(payload);
    // RFC 4253 §11.1: the recipient must not send or receive anything afterwards.
    if (this.#stage !== "open" || goodbye.reason !== disconnectReasons.byApplication)
      throw disconnectedByPeer(goodbye, this.#stage);
    this.close(undefined, "");
    this.#options.user.disconnected(printable(goodbye.description, 200));
  }

  #rekeyIfDue(): void {
    if (this.#stage === "open" && this.#exchange.idle && this.#rekey.isDue(this.#writer.counter, this.#reader.counter))
      this.startRekey();
  }

  #restartExchangeTimer(): void {
    this.#deadline = this.#now + this.#options.timeouts.keyExchange;
  }

  /** The peer has done its part: its clock stops and its input waits. */
  #waitForOurselves(): void {
    this.#deadline = undefined;
    this.pause();
  }
}

/** Milliseconds that a client waits for a server that may itself be waiting (RFC 4253 §7.1 lets both begin). */
const KEXINIT_PATIENCE = 1000;

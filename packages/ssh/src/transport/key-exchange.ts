import { type ExchangeTranscript, exchangeHash } from "../algorithms/exchange-hash.ts";
import type { GroupExchangeKex, KexStart, SharedSecret } from "../algorithms/kex/kex-algorithm.ts";
import type { PacketOpener, PacketSealer } from "../algorithms/packet-cipher.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import type { AlgorithmPreferences } from "../algorithms/registry.ts";
import { SshError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import { decodeGexGroup, decodeGexReply, encodeGexInit, encodeGexRequest } from "../messages/group-exchange.ts";
import {
  decodeEcdhInit,
  decodeEcdhReply,
  decodeKexInit,
  decodeNewKeys,
  encodeEcdhInit,
  encodeEcdhReply,
  encodeKexInit,
  encodeNewKeys,
  type KexInit,
} from "../messages/kex.ts";
import { SshWriter } from "../wire/writer.ts";
import { extInfoIndicators } from "./ext-info.ts";
import { type FreshKeys, makeFreshKeys } from "./fresh-keys.ts";
import { hostKeyRejected, type OfferedHostKey, proveHostKey, type VerifiedHostKey } from "./host-key.ts";
import type { Role } from "./legal-messages.ts";
import { type AgreedAlgorithms, guessedWrong, makeKexInit, negotiate } from "./negotiate.ts";
import { dependsOnServer, offerTo } from "./offer-order.ts";
import { agreeStrictKex, type StrictKex } from "./strict-kex.ts";

/*
 * Theory of operation. Every exchange, the first one and each later one, goes through these states:
 *
 *   idle ── we or the peer begin ──▶ offered ── the peer's KEXINIT ──▶ awaits-reply (client) / awaits-init (server)
 *                                                                   or awaits-group (client, group exchange)
 *   awaits-group ── GEX_GROUP ──▶ awaits-reply
 *   awaits-reply ── KEX_ECDH_REPLY or GEX_REPLY ──▶ awaits-verdict ── acceptHostKey() ──▶ awaits-newkeys
 *   awaits-init ── KEX_ECDH_INIT ──▶ awaits-signature ── provideSignature() ──▶ awaits-newkeys
 *   awaits-newkeys ── the peer's NEWKEYS ──▶ idle
 *
 * Our NEWKEYS leaves on entering awaits-newkeys. Between our KEXINIT and our NEWKEYS nothing but key exchange may leave
 * (`holdsTraffic`); between the peer's KEXINIT and its NEWKEYS nothing but key exchange may arrive (`receives`).
 *
 * A client whose offer depends on the server's stays idle after `begin()` until the server's KEXINIT comes, or until it
 * loses its patience (`awaitsServer`). That costs no round trip: its next message needs the server's KEXINIT anyway.
 */
type State =
  | { readonly name: "idle" }
  | { readonly name: "offered"; readonly ours: Offer }
  | { readonly name: "awaits-group"; readonly exchange: Exchange; readonly kex: GroupExchangeKex }
  | {
      readonly name: "awaits-reply";
      readonly exchange: Exchange;
      readonly start: KexStart;
      /** Present in a group exchange. */
      readonly groupParameters: Uint8Array | undefined;
    }
  | { readonly name: "awaits-init"; readonly exchange: Exchange }
  | {
      readonly name: "awaits-verdict";
      readonly exchange: Exchange;
      readonly keys: FreshKeys;
      readonly key: OfferedHostKey;
    }
  | {
      readonly name: "awaits-signature";
      readonly exchange: Exchange;
      readonly keys: FreshKeys;
      readonly hostKey: Uint8Array;
      readonly publicValue: Uint8Array;
    }
  | { readonly name: "awaits-newkeys"; readonly keys: FreshKeys };

/** Which messages of the method may come. */
export type ExchangePhase = "anything" | "kex" | "gex-group" | "gex-reply" | "newkeys";

type MethodValues = Omit<ExchangeTranscript, "clientVersion" | "serverVersion" | "clientKexInit" | "serverKexInit">;

interface Offer {
  readonly message: KexInit;
  readonly payload: Uint8Array;
}

/** What both KEXINITs have settled. */
interface Exchange {
  readonly agreed: AgreedAlgorithms;
  readonly clientKexInit: Uint8Array;
  readonly serverKexInit: Uint8Array;
}

/** The server's signature over an exchange hash, which may take a while to make. */
export interface HostSignatureRequest {
  readonly signer: Signer;
  readonly algorithm: string;
  readonly data: Uint8Array;
}

/** What a key exchange asks of its surroundings. */
export interface KeyExchangePort {
  /** Sends at once, past the hold. */
  sendNow(payload: Uint8Array): void;
  /** The client has to ask its caller about this key; input waits until `acceptHostKey()`. */
  hostKeyOffered(key: OfferedHostKey): void;
  /** The server has to sign; input waits until `provideSignature()`. */
  hostSignatureNeeded(request: HostSignatureRequest): void;
  /** Our NEWKEYS has left. */
  sendKeysChanged(sealer: PacketSealer, agreed: AgreedAlgorithms): void;
  /** The peer's NEWKEYS has come: the exchange is over. */
  receiveKeysChanged(opener: PacketOpener, agreed: AgreedAlgorithms): void;
}

export interface KeyExchangeOptions {
  readonly role: Role;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly offer: AlgorithmPreferences;
  /** The server's own keys. */
  readonly hostKeys: readonly Signer[];
}

export class KeyExchange {
  readonly #options: KeyExchangeOptions;
  readonly #port: KeyExchangePort;
  #offer: AlgorithmPreferences;
  #state: State = IDLE;
  #versions: { readonly client: string; readonly server: string } = { client: "", server: "" };
  #sessionId: Uint8Array | undefined;
  #strict: StrictKex | undefined;
  #hostKey: VerifiedHostKey | undefined;
  #skipsGuess = false;
  #awaitsServer = false;
  #peerTakesExtInfo = false;

  constructor(options: KeyExchangeOptions, port: KeyExchangePort) {
    this.#options = options;
    this.#port = port;
    this.#offer = options.offer;
  }

  /** H of the first exchange. It stays the same for the whole connection (RFC 4253 §7.2). */
  get sessionId(): Uint8Array | undefined {
    return this.#sessionId;
  }

  get strict(): StrictKex | undefined {
    return this.#strict;
  }

  /** The key the client has accepted. */
  get hostKey(): VerifiedHostKey | undefined {
    return this.#hostKey;
  }

  /** Whether the peer's first KEXINIT has asked for SSH_MSG_EXT_INFO (RFC 8308 §2.1). */
  get peerTakesExtInfo(): boolean {
    return this.#peerTakesExtInfo;
  }

  get idle(): boolean {
    return this.#state.name === "idle";
  }

  /** Whether ordinary messages have to wait: from our KEXINIT to our NEWKEYS (RFC 4253 §7.1). */
  get holdsTraffic(): boolean {
    return this.#state.name !== "idle" && this.#state.name !== "awaits-newkeys";
  }

  /** What the peer may send as far as the exchange is concerned. */
  get receives(): ExchangePhase {
    switch (this.#state.name) {
      case "idle":
      case "offered":
        return "anything";
      case "awaits-group":
        return "gex-group";
      case "awaits-reply":
        return this.#state.groupParameters === undefined ? "kex" : "gex-reply";
      case "awaits-newkeys":
        return "newkeys";
      default:
        return "kex";
    }
  }

  /** Whether our first KEXINIT waits for the server's. `start()` ends the waiting. */
  get awaitsServer(): boolean {
    return this.#awaitsServer;
  }

  /** Begins the first exchange. The identifications are without CR and LF. */
  begin(clientVersion: string, serverVersion: string): void {
    this.#versions = { client: clientVersion, server: serverVersion };
    const { role, offer } = this.#options;
    this.#awaitsServer = role === "client" && dependsOnServer(offer);
    if (!this.#awaitsServer) this.start();
  }

  /** Sends our KEXINIT, unless it is on the way already. `theirs`: the peer's, if it has come. */
  start(theirs?: KexInit): void {
    if (this.#state.name !== "idle") return;
    this.#awaitsServer = false;
    const { role, random } = this.#options;
    const first = this.#sessionId === undefined;
    if (role === "client" && first) this.#offer = offerTo(theirs, this.#offer);
    const message = makeKexInit(role, this.#offer, random(16), first);
    const payload = encodeKexInit(message);
    this.#state = { name: "offered", ours: { message, payload } };
    this.#port.sendNow(payload);
  }

  /** Whether this packet is the one that a wrong guess has announced (RFC 4253 §7.1). Asked once per packet. */
  skips(number: number): boolean {
    if (!this.#skipsGuess) return false;
    this.#skipsGuess = false;
    // A guess is a message of a key exchange method; anything else in its place is judged as usual.
    return number >= FIRST_METHOD_NUMBER && number <= LAST_METHOD_NUMBER;
  }

  receiveKexInit(payload: Uint8Array, sequence: number): void {
    const theirs = decodeKexInit(payload);
    this.start(theirs);
    const { role } = this.#options;
    if (this.#state.name !== "offered") throw unexpected("a second SSH_MSG_KEXINIT");
    const { ours } = this.#state;
    const [client, server] = role === "client" ? [ours.message, theirs] : [theirs, ours.message];
    // draft-ietf-sshm-strict-kex §3: the indicators count in the first exchange only.
    if (this.#sessionId === undefined) {
      this.#strict = agreeStrictKex(client, server, sequence);
      this.#peerTakesExtInfo = theirs.kexAlgorithms.includes(
        extInfoIndicators[role === "client" ? "server" : "client"],
      );
    }
    const agreed = negotiate(role, this.#offer, client, server);
    this.#skipsGuess = guessedWrong(theirs, ours.message);
    const theirPayload = payload.slice();
    if (role === "server") {
      const exchange = { agreed, clientKexInit: theirPayload, serverKexInit: ours.payload };
      this.#state = { name: "awaits-init", exchange };
      return;
    }
    this.#startMethod({ agreed, clientKexInit: ours.payload, serverKexInit: theirPayload });
  }

  /** A message of the key exchange method: the one that this role waits for. */
  receiveMethod(payload: Uint8Array): void {
    if (this.#state.name === "awaits-reply") this.#receiveReply(payload, this.#state);
    else if (this.#state.name === "awaits-group") this.#receiveGroup(payload, this.#state.exchange, this.#state.kex);
    else if (this.#state.name === "awaits-init") this.#receiveInit(payload, this.#state.exchange);
    else throw unexpected("a second message of the key exchange method");
  }

  receiveNewKeys(payload: Uint8Array): void {
    decodeNewKeys(payload);
    if (this.#state.name !== "awaits-newkeys") throw unexpected("SSH_MSG_NEWKEYS before its time");
    const { keys } = this.#state;
    this.#state = IDLE;
    this.#port.receiveKeysChanged(keys.opener, keys.agreed);
  }

  /** The client goes on with a key that its caller has accepted. */
  acceptHostKey(verified: VerifiedHostKey): void {
    if (this.#state.name !== "awaits-verdict") throw notAsked("a host key verdict");
    this.#hostKey = verified;
    this.#finish(this.#state.keys);
  }

  /** The server goes on with the signature it asked for. */
  provideSignature(signature: Uint8Array): void {
    if (this.#state.name !== "awaits-signature") throw notAsked("a host key signature");
    const { keys, hostKey, publicValue } = this.#state;
    this.#port.sendNow(encodeEcdhReply({ type: "ecdhReply", hostKey, serverPublic: publicValue, signature }));
    this.#finish(keys);
  }

  #startMethod(exchange: Exchange): void {
    const { provider, random } = this.#options;
    const { kex } = exchange.agreed;
    if (kex.kind === "group-exchange") {
      this.#state = { name: "awaits-group", exchange, kex };
      this.#port.sendNow(encodeGexRequest({ type: "gexRequest", ...kex.request }));
      return;
    }
    const start = kex.start(provider, random);
    this.#state = { name: "awaits-reply", exchange, start, groupParameters: undefined };
    this.#port.sendNow(encodeEcdhInit({ type: "ecdhInit", clientPublic: start.publicValue }));
  }

  #receiveGroup(payload: Uint8Array, exchange: Exchange, kex: GroupExchangeKex): void {
    const { prime, generator } = decodeGexGroup(payload);
    const start = kex.start(this.#options.random, prime, generator);
    const { min, preferred, max } = kex.request;
    // RFC 4419 §3: min || n || max || p || g stand between the host key and e.
    const groupParameters = new SshWriter(2048).u32(min).u32(preferred).u32(max).string(prime).string(generator).take();
    this.#state = { name: "awaits-reply", exchange, start, groupParameters };
    this.#port.sendNow(encodeGexInit({ type: "gexInit", clientPublic: start.publicValue }));
  }

  #receiveReply(payload: Uint8Array, { exchange, start, groupParameters }: State & { name: "awaits-reply" }): void {
    const { provider } = this.#options;
    const reply = groupParameters === undefined ? decodeEcdhReply(payload) : decodeGexReply(payload);
    const { serverPublic } = reply;
    const secret = start.finish(serverPublic);
    const hostKey = reply.hostKey.slice();
    const values = { hostKey, groupParameters, clientPublic: start.publicValue, serverPublic, secret };
    const hash = this.#hash(exchange, values);
    const key = proveHostKey(provider, exchange.agreed.hostKey, hostKey, hash, reply.signature);
    const keys = this.#freshKeys(exchange, hash, secret);
    this.#state = { name: "awaits-verdict", exchange, keys, key };
    if (this.#hostKey === undefined) this.#port.hostKeyOffered(key);
    else this.#confirmSameKey(this.#hostKey, key);
  }

  /** In later exchanges the server has to show the key that was accepted in the first one. */
  #confirmSameKey(accepted: VerifiedHostKey, key: OfferedHostKey): void {
    if (!equal(accepted.publicBlob, key.publicBlob))
      throw hostKeyRejected(key, `this connection began with the host key "${accepted.fingerprint}"`);
    this.acceptHostKey(accepted);
  }

  #receiveInit(payload: Uint8Array, exchange: Exchange): void {
    const { provider, random, hostKeys } = this.#options;
    const { kex, hostKey } = exchange.agreed;
    const signer = hostKeys.find((candidate) => candidate.algorithms.includes(hostKey.name));
    // Cannot happen: the server offers only algorithms that one of its keys has.
    if (signer === undefined) throw new SshError("local-usage", `signing: no host key for "${hostKey.name}"`);
    const { clientPublic } = decodeEcdhInit(payload);
    // Cannot happen: a server does not offer it.
    if (kex.kind === "group-exchange") throw new SshError("local-usage", `exchanging keys: "${kex.name}" as a server`);
    const { publicValue, secret } = kex.respond(provider, random, clientPublic);
    const values = { hostKey: signer.publicBlob, clientPublic, serverPublic: publicValue, secret };
    const hash = this.#hash(exchange, values);
    const keys = this.#freshKeys(exchange, hash, secret);
    this.#state = { name: "awaits-signature", exchange, keys, hostKey: signer.publicBlob, publicValue };
    this.#port.hostSignatureNeeded({ signer, algorithm: hostKey.name, data: hash });
  }

  #hash({ clientKexInit, serverKexInit, agreed }: Exchange, values: MethodValues): Uint8Array {
    const { client, server } = this.#versions;
    const transcript = { clientVersion: client, serverVersion: server, clientKexInit, serverKexInit, ...values };
    return exchangeHash(this.#options.provider, agreed.kex.hash, transcript);
  }

  #freshKeys({ agreed }: Exchange, hash: Uint8Array, secret: SharedSecret): FreshKeys {
    const { provider, role } = this.#options;
    // RFC 4253 §7.2: H of the first exchange is the session identifier, whatever hash a later one uses.
    this.#sessionId ??= hash;
    return makeFreshKeys(provider, role, agreed, secret, hash, this.#sessionId);
  }

  #finish(keys: FreshKeys): void {
    this.#state = { name: "awaits-newkeys", keys };
    this.#port.sendNow(encodeNewKeys());
    this.#port.sendKeysChanged(keys.sealer, keys.agreed);
  }
}

const IDLE: State = { name: "idle" };
const FIRST_METHOD_NUMBER = 30;
const LAST_METHOD_NUMBER = 49;

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function unexpected(what: string): SshError {
  return new SshError("message-not-allowed", `exchanging keys: the peer sent ${what}`, { phase: "key exchange" });
}

function notAsked(what: string): SshError {
  return new SshError("local-usage", `${what} was given, but nobody has asked for it`);
}

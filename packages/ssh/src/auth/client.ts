import { SshError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import {
  decodeUserauthBanner,
  decodeUserauthFailure,
  decodeUserauthInfoRequest,
  decodeUserauthPasswdChangereq,
  decodeUserauthPkOk,
  decodeUserauthSuccess,
  encodeUserauthInfoResponse,
} from "../messages/auth-reply.ts";
import {
  encodeUserauthRequest,
  type PublickeyMethod as PublickeyRequest,
  publickeySignatureData,
  type UserauthMethod,
} from "../messages/auth-request.ts";
import { messageName, SSH_MSG } from "../messages/numbers.ts";
import { decodeServiceAccept, encodeServiceRequest } from "../messages/transport.ts";
import { printable } from "../wire/printable.ts";
import type { Authenticated } from "./authenticated.ts";
import type {
  AuthenticationMethod,
  InteractiveRequest,
  KeyboardInteractiveMethod,
  PasswordMethod,
} from "./client-methods.ts";
import { type FailedAttempt, LoginPlan } from "./login-plan.ts";

const USERAUTH = "ssh-userauth";
const CONNECTION = "ssh-connection";
/** A server that goes on asking for ever is not waited for. */
const MAX_INTERACTIVE_ROUNDS = 16;

/** What the client asks its application during the login. Each question is answered with one command. */
export type ClientAuthQuestion =
  /** Answer: `providePassword()`. */
  | { readonly type: "passwordNeeded"; readonly method: PasswordMethod }
  /** Answer: `provideSignature()`, or `skipMethod()` when the key cannot sign. */
  | { readonly type: "signatureNeeded"; readonly signer: Signer; readonly algorithm: string; readonly data: Uint8Array }
  /** Answer: `provideResponses()`. */
  | {
      readonly type: "responsesNeeded";
      readonly method: KeyboardInteractiveMethod;
      readonly request: InteractiveRequest;
    };

export type ClientAuthEvent =
  | ClientAuthQuestion
  | { readonly type: "banner"; readonly text: string }
  | { readonly type: "methodFailed"; readonly attempt: FailedAttempt };

export interface ClientAuthPort {
  send(payload: Uint8Array): void;
  emit(event: ClientAuthEvent): void;
  /** SERVICE_ACCEPT has come: the authentication protocol begins. */
  started(): void;
  authenticated(evidence: Authenticated): void;
  readonly sessionId: Uint8Array;
  readonly serverSignatureAlgorithms: readonly string[] | undefined;
}

/** What is going on; each member holds only what it needs. */
type State =
  | { readonly name: "unsecured" }
  | { readonly name: "awaits-service" }
  | { readonly name: "awaits-plan" }
  | { readonly name: "requested"; readonly method: AuthenticationMethod; readonly step: Step }
  | { readonly name: "asks"; readonly method: AuthenticationMethod; readonly question: Question }
  | { readonly name: "done" };

/** What the server has been sent: a complete request, or a question whether a key would do. */
type Step =
  | { readonly kind: "complete" }
  | { readonly kind: "interactive"; readonly rounds: number }
  | { readonly kind: "query"; readonly algorithm: string; readonly key: Signer };

type Question =
  | { readonly kind: "password" }
  | { readonly kind: "signature"; readonly request: PublickeyRequest }
  | { readonly kind: "responses"; readonly rounds: number; readonly count: number };

interface Answered<K extends Question["kind"]> {
  readonly method: AuthenticationMethod;
  readonly question: Extract<Question, { readonly kind: K }>;
}

/** The client's half of RFC 4252 and RFC 4256. */
export class ClientAuth {
  readonly #port: ClientAuthPort;
  readonly #timeout: number;
  #state: State = { name: "unsecured" };
  #plan: LoginPlan | undefined;
  #deadline: number | undefined;
  #now: number;

  /** `timeout`: how long each answer of the server may take. */
  constructor(port: ClientAuthPort, timeout: number, now: number) {
    this.#port = port;
    this.#timeout = timeout;
    this.#now = now;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  advance(now: number): void {
    this.#now = now;
    if (this.#deadline === undefined || now < this.#deadline) return;
    const what =
      this.#state.name === "requested"
        ? `a ${this.#state.method.method} request`
        : `the request for the service "${USERAUTH}"`;
    throw new SshError("timeout-authentication", `logging in: the server did not answer ${what} in time`, {
      phase: "authentication",
    });
  }

  /** The transport is protected: asks for the authentication service (RFC 4253 §10). */
  secured(): void {
    this.#state = { name: "awaits-service" };
    this.#send(encodeServiceRequest({ type: "serviceRequest", service: USERAUTH }));
  }

  /** Who logs in, and how. May be given before or after the service is there; given once. */
  login(username: string, methods: readonly AuthenticationMethod[]): void {
    if (this.#plan !== undefined) throw new SshError("local-usage", "logging in: the login has begun already");
    this.#plan = new LoginPlan(username, methods);
    if (this.#state.name === "awaits-plan") this.#tryNext(this.#plan);
  }

  providePassword(password: string): void {
    const { method } = this.#answered("password");
    this.#request({ name: "password", password });
    this.#state = { name: "requested", method, step: { kind: "complete" } };
  }

  provideSignature(signature: Uint8Array): void {
    const { method, question } = this.#answered("signature");
    this.#request({ ...question.request, signature });
    this.#state = { name: "requested", method, step: { kind: "complete" } };
  }

  /** The key cannot sign after all: the next method is tried. */
  skipMethod(): void {
    const { method } = this.#answered("signature");
    this.#failed(method, { problem: "the key did not sign" });
  }

  provideResponses(responses: readonly string[]): void {
    const { method, question } = this.#answered("responses");
    // RFC 4256 §3.4: as many responses as there were prompts.
    if (responses.length !== question.count)
      throw new SshError("local-usage", `logging in: ${question.count} prompts got ${responses.length} answers`);
    this.#respond(method, responses, question.rounds);
  }

  receive(number: number, payload: Uint8Array): void {
    switch (number) {
      case SSH_MSG.serviceAccept:
        this.#receiveServiceAccept(payload);
        return;
      case SSH_MSG.userauthBanner:
        this.#port.emit({ type: "banner", text: printableLines(decodeUserauthBanner(payload).message) });
        return;
      case SSH_MSG.userauthFailure:
        this.#receiveFailure(payload);
        return;
      case SSH_MSG.userauthSuccess:
        this.#receiveSuccess(payload);
        return;
      case SSH_MSG.userauthPkOk:
        this.#receiveMethodMessage(payload);
        return;
      default:
        throw this.#unexpected(number);
    }
  }

  #receiveServiceAccept(payload: Uint8Array): void {
    const { service } = decodeServiceAccept(payload);
    if (this.#state.name !== "awaits-service") throw this.#unexpected(SSH_MSG.serviceAccept);
    if (service !== USERAUTH)
      throw new SshError(
        "service-not-available",
        `asking for "${USERAUTH}": the server accepted "${printable(service)}"`,
      );
    this.#deadline = undefined;
    this.#state = { name: "awaits-plan" };
    this.#port.started();
    if (this.#plan !== undefined) this.#tryNext(this.#plan);
  }

  #receiveFailure(payload: Uint8Array): void {
    const { methods, partialSuccess } = decodeUserauthFailure(payload);
    if (this.#state.name !== "requested") throw this.#unexpected(SSH_MSG.userauthFailure);
    this.#failed(this.#state.method, { serverOffers: methods, partialSuccess });
  }

  #receiveSuccess(payload: Uint8Array): void {
    decodeUserauthSuccess(payload);
    const state = this.#state;
    // A question whether a key would do is no proof of anything: success does not answer it.
    if (state.name !== "requested" || state.step.kind === "query" || this.#plan === undefined)
      throw this.#unexpected(SSH_MSG.userauthSuccess);
    this.#deadline = undefined;
    this.#state = { name: "done" };
    const { username } = this.#plan;
    this.#port.authenticated({ username, method: state.method.method } as Authenticated); // made where it is checked
  }

  /** Number 60 means what the method under way says it means. */
  #receiveMethodMessage(payload: Uint8Array): void {
    const state = this.#state;
    if (state.name !== "requested") throw this.#unexpected(SSH_MSG.userauthPkOk);
    const { method, step } = state;
    if (step.kind === "query") this.#receivePkOk(payload, method, step);
    else if (step.kind === "interactive") this.#receiveInfoRequest(payload, method, step.rounds);
    else if (method.method === "password") {
      // RFC 4252 §8: the password has expired. Changing it is not ours to do; another method may be tried.
      decodeUserauthPasswdChangereq(payload);
      this.#failed(method, { problem: "the server demands a new password" });
    } else throw this.#unexpected(SSH_MSG.userauthPkOk);
  }

  #receivePkOk(payload: Uint8Array, method: AuthenticationMethod, { key, algorithm }: Step & { kind: "query" }): void {
    const ok = decodeUserauthPkOk(payload);
    // RFC 4252 §7: algorithm and key come from the request. Nothing else gets our signature.
    if (ok.algorithm !== algorithm || !sameBytes(ok.publicBlob, key.publicBlob))
      throw new SshError("malformed-message", "logging in: the server accepted a key that was not asked about", {
        phase: "authentication",
      });
    this.#askForSignature(method, key, algorithm);
  }

  #receiveInfoRequest(payload: Uint8Array, method: AuthenticationMethod, rounds: number): void {
    const { name, instruction, prompts } = decodeUserauthInfoRequest(payload);
    if (rounds >= MAX_INTERACTIVE_ROUNDS || method.method !== "keyboard-interactive")
      throw new SshError("limit-exceeded", `logging in: the server asked more than ${MAX_INTERACTIVE_ROUNDS} times`, {
        phase: "authentication",
      });
    // RFC 4256 §3.2: without prompts there is nobody to ask, yet an answer is due.
    if (prompts.length === 0) {
      this.#respond(method, [], rounds);
      return;
    }
    const request: InteractiveRequest = {
      name: printable(name),
      instruction: printableLines(instruction),
      prompts: prompts.map(({ prompt, echo }) => ({ prompt: printable(prompt), echo })),
    };
    this.#ask(method, { kind: "responses", rounds, count: prompts.length });
    this.#port.emit({ type: "responsesNeeded", method, request });
  }

  #respond(method: AuthenticationMethod, responses: readonly string[], rounds: number): void {
    this.#state = { name: "requested", method, step: { kind: "interactive", rounds: rounds + 1 } };
    this.#send(encodeUserauthInfoResponse({ type: "userauthInfoResponse", responses }));
  }

  #failed(method: AuthenticationMethod, outcome: Omit<FailedAttempt, "method">): void {
    const plan = this.#plan;
    // Cannot happen: methods come from the plan.
    if (plan === undefined) return;
    const attempt: FailedAttempt = { method: method.method, ...outcome };
    plan.record(attempt);
    this.#port.emit({ type: "methodFailed", attempt });
    this.#tryNext(plan);
  }

  #tryNext(plan: LoginPlan): void {
    const method = plan.next();
    if (method === undefined) throw plan.failure();
    switch (method.method) {
      case "none":
        this.#state = { name: "requested", method, step: { kind: "complete" } };
        this.#request({ name: "none" });
        return;
      case "password":
        this.#ask(method, { kind: "password" });
        this.#port.emit({ type: "passwordNeeded", method });
        return;
      case "publickey":
        this.#tryKey(plan, method, method.key);
        return;
      case "keyboard-interactive":
        this.#state = { name: "requested", method, step: { kind: "interactive", rounds: 0 } };
        this.#request({ name: "keyboard-interactive", languageTag: "", submethods: "" });
    }
  }

  #tryKey(plan: LoginPlan, method: AuthenticationMethod, key: Signer): void {
    const algorithm = plan.signatureAlgorithm(key, this.#port.serverSignatureAlgorithms);
    // One key is proved at once. Of several, only one that the server wants has to sign: signing may need a person.
    if (plan.keyCount === 1) {
      this.#askForSignature(method, key, algorithm);
      return;
    }
    this.#state = { name: "requested", method, step: { kind: "query", algorithm, key } };
    this.#request({ name: "publickey", algorithm, publicBlob: key.publicBlob });
  }

  #askForSignature(method: AuthenticationMethod, key: Signer, algorithm: string): void {
    const request: PublickeyRequest = { name: "publickey", algorithm, publicBlob: key.publicBlob };
    const data = publickeySignatureData(this.#port.sessionId, {
      username: this.#plan?.username ?? "",
      service: CONNECTION,
      algorithm,
      publicBlob: key.publicBlob,
    });
    this.#ask(method, { kind: "signature", request });
    this.#port.emit({ type: "signatureNeeded", signer: key, algorithm, data });
  }

  /** The application has the floor: the server's clock stops. */
  #ask(method: AuthenticationMethod, question: Question): void {
    this.#deadline = undefined;
    this.#state = { name: "asks", method, question };
  }

  #answered<K extends Question["kind"]>(kind: K): Answered<K> {
    const state = this.#state;
    if (state.name !== "asks" || state.question.kind !== kind)
      throw new SshError("local-usage", `logging in: nobody has asked for a ${kind}`);
    // The kind has just been compared.
    return { method: state.method, question: state.question as Answered<K>["question"] };
  }

  #request(method: UserauthMethod): void {
    const username = this.#plan?.username ?? "";
    this.#send(encodeUserauthRequest({ type: "userauthRequest", username, service: CONNECTION, method }));
  }

  #send(payload: Uint8Array): void {
    this.#deadline = this.#now + this.#timeout;
    this.#port.send(payload);
  }

  #unexpected(number: number): SshError {
    return new SshError("message-not-allowed", `logging in: ${messageName(number)} answers no request of ours`, {
      phase: "authentication",
    });
  }
}

/** Line breaks stay: banners and instructions have several lines. */
function printableLines(text: string): string {
  return text
    .slice(0, 16_384)
    .split(/\r?\n/)
    .map((line) => printable(line))
    .join("\n");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

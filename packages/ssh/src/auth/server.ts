import type { CryptoProvider } from "../algorithms/provider.ts";
import { verifySignature } from "../algorithms/registry.ts";
import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import { SshError } from "../errors.ts";
import { fingerprintSha256 } from "../keys/fingerprint.ts";
import {
  decodeUserauthInfoResponse,
  encodeUserauthBanner,
  encodeUserauthFailure,
  encodeUserauthInfoRequest,
  encodeUserauthPkOk,
  encodeUserauthSuccess,
} from "../messages/auth-reply.ts";
import {
  decodeUserauthRequest,
  type PublickeyMethod,
  publickeySignatureData,
  type UserauthRequest,
} from "../messages/auth-request.ts";
import { messageName, SSH_MSG } from "../messages/numbers.ts";
import { decodeServiceRequest, encodeServiceAccept } from "../messages/transport.ts";
import { verifies } from "../transport/host-key.ts";
import { printable } from "../wire/printable.ts";
import type { Authenticated, AuthenticationMethodName } from "./authenticated.ts";
import type { AuthAttempt, AuthDecision } from "./server-attempt.ts";

const USERAUTH = "ssh-userauth";
const CONNECTION = "ssh-connection";

export interface ServerAuthOptions {
  readonly provider: CryptoProvider;
  /** Signature algorithms that users may log in with. */
  readonly signatureAlgorithms: readonly HostKeyAlgorithm[];
  /** Methods to offer (RFC 4252 §5.1). */
  readonly methods: readonly string[];
  /** The connection ends with this failure. */
  readonly maxFailures: number;
  /** The connection ends with the request after these, whatever their outcome. */
  readonly maxRequests: number;
  /** Text for the user before the login (RFC 4252 §5.4). */
  readonly banner: string | undefined;
}

export interface ServerAuthPort {
  send(payload: Uint8Array): void;
  /** The application has to decide; input waits until `decide()`. */
  attempted(attempt: AuthAttempt): void;
  /** The service "ssh-userauth" has been granted. */
  started(): void;
  authenticated(evidence: Authenticated): void;
  readonly sessionId: Uint8Array;
}

type State =
  | { readonly name: "awaits-service" }
  | { readonly name: "ready" }
  | { readonly name: "deciding"; readonly attempt: AuthAttempt; readonly query: PublickeyMethod | undefined }
  | { readonly name: "prompting"; readonly round: number; readonly count: number }
  | { readonly name: "done" };

/**
 * The server's half of RFC 4252 and RFC 4256. What one request has proved serves that request alone: nothing about a key
 * is remembered from the question whether it would do to the signature that follows (CVE-2024-45337).
 */
export class ServerAuth {
  readonly #options: ServerAuthOptions;
  readonly #port: ServerAuthPort;
  #state: State = { name: "awaits-service" };
  #username: string | undefined;
  #methods: readonly string[];
  #completed: readonly string[] = [];
  #failures = 0;
  #requests = 0;

  constructor(options: ServerAuthOptions, port: ServerAuthPort) {
    this.#options = options;
    this.#port = port;
    this.#methods = options.methods;
  }

  receive(number: number, payload: Uint8Array): void {
    switch (number) {
      case SSH_MSG.serviceRequest:
        this.#receiveServiceRequest(payload);
        return;
      case SSH_MSG.userauthRequest:
        this.#receiveRequest(decodeUserauthRequest(payload));
        return;
      case SSH_MSG.userauthInfoResponse:
        this.#receiveResponses(payload);
        return;
      default:
        throw notAllowed(`${messageName(number)} is not for a server`);
    }
  }

  /** The application's answer to `attempted`. Whatever is not an explicit acceptance refuses. */
  decide(decision: AuthDecision): void {
    if (this.#state.name !== "deciding") throw new SshError("local-usage", "logging in: no attempt awaits a decision");
    const { attempt, query } = this.#state;
    this.#state = { name: "ready" };
    // The decision comes from foreign code that types may not bind: a missing one is a refusal.
    switch (decision?.accept) {
      case true:
        if (query === undefined) this.#succeed(attempt.method);
        else this.#keyWouldDo(query);
        return;
      case "partial":
        if (query === undefined) this.#succeedPartly(attempt.method, decision.next);
        else this.#keyWouldDo(query);
        return;
      case "ask":
        if (attempt.method === "keyboard-interactive") this.#prompt(attempt.round, decision);
        else this.#fail();
        return;
      default:
        // RFC 4252 §5.2: "none" is how a client learns what there is; it does not count as a wrong guess.
        if (attempt.method === "none") this.#sendFailure();
        else this.#fail();
    }
  }

  #receiveServiceRequest(payload: Uint8Array): void {
    const { service } = decodeServiceRequest(payload);
    if (this.#state.name !== "awaits-service") throw notAllowed("the authentication service was asked for twice");
    // RFC 4253 §10: a service that is not there ends the connection.
    if (service !== USERAUTH) throw noService(service);
    this.#state = { name: "ready" };
    this.#port.send(encodeServiceAccept({ type: "serviceAccept", service }));
    const { banner } = this.#options;
    if (banner !== undefined)
      this.#port.send(encodeUserauthBanner({ type: "userauthBanner", message: banner, languageTag: "" }));
    this.#port.started();
  }

  #receiveRequest(request: UserauthRequest): void {
    this.#countRequest();
    if (request.service !== CONNECTION) throw noService(request.service);
    // RFC 4252 §5: another user name voids everything proved so far; ending the connection is the safe way to do so.
    this.#username ??= request.username;
    if (this.#username !== request.username) throw notAllowed("the client changed the user name during the login");
    // RFC 4252 §5.1: a new request aborts one that waits for the client's answers.
    this.#state = { name: "ready" };
    const { method } = request;
    // No account has such a name, and it would reach logs, events and terminals.
    if (UNPRINTABLE.test(request.username)) {
      this.#fail();
      return;
    }
    if (method.name === "unknown" || (method.name !== "none" && !this.#methods.includes(method.name))) {
      this.#fail();
      return;
    }
    switch (method.name) {
      case "none":
        this.#ask({ ...this.#attempt(), method: "none" });
        return;
      case "password":
        // A change of the password is not offered, so a request for one is wrong.
        if ("newPassword" in method) this.#fail();
        else this.#ask({ ...this.#attempt(), method: "password", password: method.password });
        return;
      case "publickey":
        this.#receiveKey(method);
        return;
      case "keyboard-interactive":
        this.#ask({ ...this.#attempt(), method: "keyboard-interactive", round: 0, responses: [] });
    }
  }

  #receiveKey(method: PublickeyMethod): void {
    const { provider, signatureAlgorithms } = this.#options;
    const { algorithm, publicBlob, signature } = method;
    const known = signatureAlgorithms.some(({ name }) => name === algorithm);
    const proved = signature !== undefined;
    // RFC 4252 §7: the signature covers the session, the user, the service, the algorithm and the key of this request.
    if (!known || (proved && !this.#signatureIsRight(provider, signatureAlgorithms, method, signature))) {
      this.#fail();
      return;
    }
    this.#ask(
      {
        ...this.#attempt(),
        method: "publickey",
        algorithm,
        publicBlob,
        fingerprint: fingerprintSha256(publicBlob, provider),
        proved,
      },
      proved ? undefined : method,
    );
  }

  #signatureIsRight(
    provider: CryptoProvider,
    allowed: readonly HostKeyAlgorithm[],
    { algorithm, publicBlob }: PublickeyMethod,
    signature: Uint8Array,
  ): boolean {
    const data = publickeySignatureData(this.#port.sessionId, {
      username: this.#username ?? "",
      service: CONNECTION,
      algorithm,
      publicBlob,
    });
    return verifies(() => verifySignature(provider, allowed, algorithm, publicBlob, data, signature));
  }

  #receiveResponses(payload: Uint8Array): void {
    const { responses } = decodeUserauthInfoResponse(payload);
    const state = this.#state;
    if (state.name !== "prompting") throw notAllowed("answers came where nothing was asked");
    this.#countRequest();
    this.#state = { name: "ready" };
    // RFC 4256 §3.4: a wrong number of answers is a failure.
    if (responses.length !== state.count) this.#fail();
    else this.#ask({ ...this.#attempt(), method: "keyboard-interactive", round: state.round + 1, responses });
  }

  #countRequest(): void {
    this.#requests++;
    if (this.#requests > this.#options.maxRequests)
      throw new SshError(
        "too-many-authentication-attempts",
        `logging in: the client made more than ${this.#options.maxRequests} requests`,
        { phase: "authentication" },
      );
  }

  #ask(attempt: AuthAttempt, query?: PublickeyMethod): void {
    this.#state = { name: "deciding", attempt, query };
    this.#port.attempted(attempt);
  }

  #attempt() {
    return {
      username: this.#username ?? "",
      failures: this.#failures,
      requests: this.#requests,
      completed: this.#completed,
    };
  }

  #keyWouldDo({ algorithm, publicBlob }: PublickeyMethod): void {
    this.#port.send(encodeUserauthPkOk({ type: "userauthPkOk", algorithm, publicBlob }));
  }

  #prompt(round: number, ask: AuthDecision & { readonly accept: "ask" }): void {
    const { name = "", instruction = "", prompts } = ask;
    this.#state = { name: "prompting", round, count: prompts.length };
    this.#port.send(
      encodeUserauthInfoRequest({ type: "userauthInfoRequest", name, instruction, languageTag: "", prompts }),
    );
  }

  #succeed(method: AuthenticationMethodName): void {
    this.#state = { name: "done" };
    this.#port.send(encodeUserauthSuccess());
    const evidence = { username: this.#username ?? "", method } as Authenticated; // made where it is checked
    this.#port.authenticated(evidence);
  }

  #succeedPartly(method: string, next: readonly string[]): void {
    this.#completed = [...this.#completed, method];
    this.#methods = next;
    this.#port.send(encodeUserauthFailure({ type: "userauthFailure", methods: next, partialSuccess: true }));
  }

  /** One way to fail for everything: unknown users, wrong passwords and wrong signatures look the same. */
  #fail(): void {
    this.#failures++;
    if (this.#failures >= this.#options.maxFailures)
      throw new SshError(
        "too-many-authentication-attempts",
        `logging in: "${printable(this.#username ?? "", 64)}" failed ${this.#failures} times`,
        { phase: "authentication" },
      );
    this.#sendFailure();
  }

  #sendFailure(): void {
    this.#port.send(encodeUserauthFailure({ type: "userauthFailure", methods: this.#methods, partialSuccess: false }));
  }
}

/** Control characters, and the marks that turn the direction of text. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

function notAllowed(problem: string): SshError {
  return new SshError("message-not-allowed", `logging in: ${problem}`, { phase: "authentication" });
}

function noService(service: string): SshError {
  return new SshError("service-not-available", `there is no service "${printable(service, 64)}"`, {
    phase: "authentication",
  });
}

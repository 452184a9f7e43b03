import type { DuplexSocket } from "@netconf-kit/socket";
import { isSshError, SshError } from "../errors.ts";
import { AgentFrameReader, encodeAgentFrame } from "./agent-frames.ts";
import { decodeIdentities, decodeSignature, encodeRequestIdentities, encodeSignRequest } from "./agent-messages.ts";
import { isCertificateType } from "./certificate.ts";
import { requireAlgorithm } from "./private-key.ts";
import type { PublicKey } from "./public-key.ts";
import type { Signer } from "./signer.ts";

/** A key that the agent holds; it signs by asking the agent. */
export interface AgentKey extends Signer, PublicKey {
  sign(data: Uint8Array, algorithm: string): Promise<Uint8Array>;
}

/** A conversation with an agent. Requests are answered one after another, in the order of the calls. */
export interface SshAgent extends AsyncDisposable {
  /**
   * The keys that the agent holds, certificates among them, ready to log in with. Keys that can only sign in ways that
   * nobody should accept (DSA) are left out.
   */
  keys(options?: { readonly signal?: AbortSignal }): Promise<readonly AgentKey[]>;
  /** Ends the conversation; requests under way reject with `agent-closed`. */
  close(): Promise<void>;
}

/**
 * Talks to an SSH agent (draft-ietf-sshm-ssh-agent) over a stream, such as the one `sshAgent()` of the node adapter opens.
 *
 * Requests reject with `agent-refused` (the agent said no), `agent-protocol` (it broke the protocol, or a message above
 * 256 KiB), `agent-closed` (it went away) or `signal.reason`. At most 64 requests wait at a time: `local-usage`.
 *
 * @example
 * const agent = connectAgent(await sshAgent());
 * const keys = await agent.keys();
 * await connectSsh(socket, { ...options, authentication: keys.map((key) => ({ method: "publickey", key })) });
 */
export function connectAgent(socket: DuplexSocket): SshAgent {
  return new AgentClient(socket);
}

const maxWaiting = 64;

interface Waiter {
  resolve(message: Uint8Array): void;
  reject(reason: unknown): void;
}

class AgentClient implements SshAgent {
  readonly #socket: DuplexSocket;
  readonly #frames = new AgentFrameReader();
  readonly #waiting: Waiter[] = [];
  #failure: SshError | undefined;

  constructor(socket: DuplexSocket) {
    this.#socket = socket;
    void this.#readAnswers();
  }

  async keys({ signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly AgentKey[]> {
    const identities = decodeIdentities(await this.#ask(encodeRequestIdentities(), signal));
    return identities.map((identity) => this.#keyOf(identity)).filter((key) => key.algorithms.length > 0);
  }

  close(): Promise<void> {
    this.#end(new SshError("agent-closed", "talking to the agent: the conversation was closed"));
    return this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keyOf(identity: PublicKey): AgentKey {
    const algorithms = algorithmsOf(identity.type);
    return {
      ...identity,
      algorithms,
      sign: async (data, algorithm) => {
        requireAlgorithm(algorithm, algorithms);
        // With a certificate, what signs is the key in it (OpenSSH PROTOCOL.certkeys).
        const plain = isCertificateType(algorithm) ? algorithm.slice(0, -certificateSuffix.length) : algorithm;
        return decodeSignature(await this.#ask(encodeSignRequest(identity.publicBlob, data, plain)), plain);
      },
    };
  }

  #ask(message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#waiting.length >= maxWaiting)
        throw new SshError("local-usage", `asking the agent: ${maxWaiting} requests are waiting already`);
      const frame = encodeAgentFrame(message);
      // An aborted request keeps its place: its answer still comes, and must not be taken for the next one.
      const onAbort = (): void => reject(signal?.reason);
      const settle = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push({
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      });
      this.#socket.write(frame).catch((error: unknown) => this.#fail(error));
    });
  }

  async #readAnswers(): Promise<void> {
    try {
      for (let chunk = await this.#socket.read(); chunk !== undefined; chunk = await this.#socket.read()) {
        for (const message of this.#frames.push(chunk)) this.#answer(message);
      }
      const where = this.#frames.midMessage ? "in the middle of an answer" : "it ended the conversation";
      throw new SshError("agent-closed", `talking to the agent: ${where}`);
    } catch (error) {
      this.#fail(error);
    }
  }

  #answer(message: Uint8Array): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) throw new SshError("agent-protocol", "reading the agent's answer: there was no question");
    waiter.resolve(message);
  }

  #fail(error: unknown): void {
    const failure = isSshError(error)
      ? error
      : new SshError("agent-closed", "talking to the agent: the stream broke", { cause: error });
    this.#end(failure);
    void this.#socket.close(failure);
  }

  /** The first failure counts; everybody who waits or asks from now on gets it. */
  #end(failure: SshError): void {
    this.#failure ??= failure;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#failure);
  }
}

const certificateSuffix = "-cert-v01@openssh.com";

/** RFC 8332 §3 for RSA; for all others the key type is the algorithm. */
function algorithmsOf(type: string): readonly string[] {
  switch (type) {
    case "ssh-rsa":
      return ["rsa-sha2-512", "rsa-sha2-256"];
    case `ssh-rsa${certificateSuffix}`:
      return [`rsa-sha2-512${certificateSuffix}`, `rsa-sha2-256${certificateSuffix}`];
    case "ssh-dss":
    case `ssh-dss${certificateSuffix}`:
      return [];
    default:
      return [type];
  }
}

import { bytesEqual } from "../algorithms/bytes-equal.ts";
import type { GlobalReply, GlobalRequests } from "../connection/global-requests.ts";
import { SshError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import { decodeHostKeys, encodeHostKeys, HOSTKEYS, HOSTKEYS_PROVE, hostKeyProofData } from "../messages/host-keys.ts";
import type { HostSignatureRequest } from "../transport/key-exchange.ts";
import type { Transport } from "../transport/machine.ts";
import { SshReader } from "../wire/reader.ts";

/** What the server's half of host key rotation needs of its surroundings. */
export interface HostKeyProofsPort {
  readonly hostKeys: readonly Signer[];
  /** Names of the signature algorithms that this server uses, best first. */
  readonly algorithms: readonly string[];
  readonly global: GlobalRequests;
  readonly transport: Pick<Transport, "requireSessionId" | "agreed">;
  /** Somebody has to sign; `provide()` brings the signatures, in the same order. */
  signaturesNeeded(requests: readonly HostSignatureRequest[]): void;
}

/**
 * The server's half of host key rotation (OpenSSH PROTOCOL §2.5): announces its keys after a login when it has several, and
 * proves those that the client asks about. A few times in a connection, because signatures cost more than questions.
 */
export class HostKeyProofs {
  readonly #port: HostKeyProofsPort;
  /** Plain keys: what stands behind a certificate is the authority's affair. */
  readonly #keys: readonly Signer[];
  #answer: ((reply: GlobalReply) => void) | undefined;
  #asked = 0;

  constructor(port: HostKeyProofsPort) {
    this.#port = port;
    this.#keys = port.hostKeys.filter(({ publicBlob }) => !isCertificate(publicBlob));
    port.global.handle(HOSTKEYS_PROVE, (data, answer) => this.#receive(data, answer));
  }

  announce(): void {
    // One key is what the client has seen already.
    if (this.#keys.length < 2) return;
    this.#port.global.tell(HOSTKEYS, encodeHostKeys(this.#keys.map(({ publicBlob }) => publicBlob)));
  }

  /** The signatures that were asked for; `undefined` when they could not be made. */
  provide(signatures: readonly Uint8Array[] | undefined): void {
    if (this.#answer === undefined) throw new SshError("local-usage", "nobody has asked for proofs of host keys");
    const answer = this.#answer;
    this.#answer = undefined;
    answer(signatures && encodeHostKeys(signatures));
  }

  #receive(data: Uint8Array, answer: (reply: GlobalReply) => void): void {
    const blobs = decodeHostKeys(data);
    const signers = blobs.map((blob) => this.#keys.find(({ publicBlob }) => bytesEqual(publicBlob, blob)));
    const tooMany = blobs.length > this.#keys.length || this.#asked >= MAX_QUESTIONS || this.#answer !== undefined;
    if (tooMany || blobs.length === 0) {
      answer(undefined);
      return;
    }
    const requests: HostSignatureRequest[] = [];
    for (const signer of signers) {
      const algorithm = signer && this.#algorithmOf(signer);
      // A key that is not ours, or that nothing here can sign with: all or nothing.
      if (signer === undefined || algorithm === undefined) {
        answer(undefined);
        return;
      }
      requests.push({
        signer,
        algorithm,
        data: hostKeyProofData(this.#port.transport.requireSessionId(), signer.publicBlob),
      });
    }
    this.#asked++;
    this.#answer = answer;
    this.#port.signaturesNeeded(requests);
  }

  /** The one of the key exchange where it fits, as OpenSSH does with RSA keys; the client knows that one for sure. */
  #algorithmOf(signer: Signer): string | undefined {
    const { transport, algorithms } = this.#port;
    const agreedAlgorithm = transport.agreed?.hostKey.name;
    if (agreedAlgorithm !== undefined && signer.algorithms.includes(agreedAlgorithm)) return agreedAlgorithm;
    return algorithms.find((name) => signer.algorithms.includes(name));
  }
}

/** Requests for proofs that are answered in one connection. An honest client makes one. */
const MAX_QUESTIONS = 4;

function isCertificate(publicBlob: Uint8Array): boolean {
  return new SshReader(publicBlob, "key-format", "a host key").text().endsWith("-cert-v01@openssh.com");
}

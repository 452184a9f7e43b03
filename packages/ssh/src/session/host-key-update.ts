import { bytesEqual } from "../algorithms/bytes-equal.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";
import { verifySignature } from "../algorithms/registry.ts";
import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import type { GlobalReply, GlobalRequests } from "../connection/global-requests.ts";
import { fingerprintSha256 } from "../keys/fingerprint.ts";
import { decodeHostKeys, encodeHostKeys, HOSTKEYS, HOSTKEYS_PROVE, hostKeyProofData } from "../messages/host-keys.ts";
import { type OfferedHostKey, type VerifiedHostKey, verifies } from "../transport/host-key.ts";
import { SshReader } from "../wire/reader.ts";

/** What the client's half of host key rotation needs of its surroundings. */
export interface HostKeyUpdatePort {
  readonly provider: CryptoProvider;
  /** What a key may prove itself with. */
  readonly algorithms: readonly HostKeyAlgorithm[];
  readonly global: GlobalRequests;
  readonly sessionId: Uint8Array;
  /** The key that the connection rests on. */
  readonly hostKey: VerifiedHostKey | undefined;
  /** All the keys that the server has, each proved. */
  proved(keys: readonly OfferedHostKey[]): void;
  /** Why an announcement came to nothing. */
  ignored(why: string): void;
}

/**
 * The client's half of host key rotation (OpenSSH PROTOCOL §2.5): the server announces all its host keys after the login,
 * and has to prove that it holds them by signatures over this session. One announcement in a connection is looked at, and
 * nothing is reported unless every key of a known type has been proved.
 */
export class HostKeyUpdate {
  readonly #port: HostKeyUpdatePort;
  #seen = false;

  constructor(port: HostKeyUpdatePort) {
    this.#port = port;
    port.global.handle(HOSTKEYS, (data, answer) => {
      this.#receive(data);
      answer(undefined);
    });
  }

  #receive(data: Uint8Array): void {
    const announced = decodeHostKeys(data);
    if (this.#seen) return;
    this.#seen = true;
    if (announced.length > MAX_KEYS) {
      this.#port.ignored(`the server announces ${announced.length} host keys`);
      return;
    }
    const { hostKey, global } = this.#port;
    const present: OfferedHostKey[] = [];
    const unproved: Uint8Array[] = [];
    for (const blob of distinct(announced)) {
      if (hostKey !== undefined && bytesEqual(hostKey.publicBlob, blob)) present.push(offered(hostKey.algorithm, blob));
      else if (this.#algorithmsFor(blob).length > 0) unproved.push(blob);
    }
    if (unproved.length === 0) {
      if (present.length > 0) this.#port.proved(present);
      return;
    }
    global.ask(HOSTKEYS_PROVE, encodeHostKeys(unproved), (reply) => this.#check(present, unproved, reply));
  }

  #check(present: readonly OfferedHostKey[], unproved: readonly Uint8Array[], reply: GlobalReply): void {
    // The same shape as the announcement: one string for each key.
    const signatures = reply === undefined ? [] : decodeHostKeys(reply);
    if (signatures.length !== unproved.length) {
      this.#port.ignored("the server does not prove the host keys that it announces");
      return;
    }
    const keys = [...present];
    for (const [at, blob] of unproved.entries()) {
      const algorithm = this.#provedBy(blob, signatures[at] ?? new Uint8Array(0));
      if (algorithm === undefined) {
        this.#port.ignored(`the server announces the host key "${fingerprintSha256(blob)}" and does not hold it`);
        return;
      }
      keys.push(offered(algorithm, blob));
    }
    this.#port.proved(keys);
  }

  /** The algorithm of a right signature. For RSA the server chooses among several (RFC 8332 §3). */
  #provedBy(blob: Uint8Array, signature: Uint8Array): string | undefined {
    const { provider, sessionId } = this.#port;
    const data = hostKeyProofData(sessionId, blob);
    return this.#algorithmsFor(blob).find(({ name }, _at, allowed) =>
      verifies(() => verifySignature(provider, allowed, name, blob, data, signature)),
    )?.name;
  }

  /** None for types that are unknown here, and none for certificates: an authority rotates those. */
  #algorithmsFor(blob: Uint8Array): HostKeyAlgorithm[] {
    const type = keyTypeOf(blob);
    if (type.endsWith(CERTIFICATE)) return [];
    return this.#port.algorithms.filter(({ keyType }) => keyType === type);
  }
}

/** OpenSSH has three; each costs a signature check. */
const MAX_KEYS = 16;
const CERTIFICATE = "-cert-v01@openssh.com";

function keyTypeOf(blob: Uint8Array): string {
  return new SshReader(blob, "malformed-message", "a host key").text();
}

function offered(algorithm: string, publicBlob: Uint8Array): OfferedHostKey {
  return { algorithm, keyType: keyTypeOf(publicBlob), publicBlob, fingerprint: fingerprintSha256(publicBlob) };
}

function distinct(blobs: readonly Uint8Array[]): readonly Uint8Array[] {
  return blobs.filter((blob, at) => blobs.findIndex((other) => bytesEqual(other, blob)) === at);
}

import { SshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import { SshReader } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";
import { type PublicKey, publicKeyType } from "./public-key.ts";

/** draft-ietf-sshm-ssh-agent §6.1. */
const numbers = {
  failure: 5,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
  extensionFailure: 28,
} as const;

/** §6.4: which hash an RSA key is to sign with. Without a flag it would be SHA-1. */
const rsaFlags: ReadonlyMap<string, number> = new Map([
  ["rsa-sha2-256", 2],
  ["rsa-sha2-512", 4],
]);

export function encodeRequestIdentities(): Uint8Array {
  return Uint8Array.of(numbers.requestIdentities);
}

/** `algorithm` is the plain one, also for the key of a certificate. */
export function encodeSignRequest(publicBlob: Uint8Array, data: Uint8Array, algorithm: string): Uint8Array {
  return new SshWriter(publicBlob.length + data.length + 16)
    .u8(numbers.signRequest)
    .string(publicBlob)
    .string(data)
    .u32(rsaFlags.get(algorithm) ?? 0)
    .take();
}

/** The keys that the agent holds. */
export function decodeIdentities(message: Uint8Array): readonly PublicKey[] {
  const reader = openAnswer(message, numbers.identitiesAnswer, "list its keys");
  const identities: PublicKey[] = [];
  // The count is only compared: every key has to be there in full before it is added.
  for (let count = reader.u32(); count > 0; count--) {
    const publicBlob = reader.string().slice();
    const comment = printable(reader.description(), 256);
    identities.push({ type: publicKeyType(publicBlob, "agent-protocol"), publicBlob, comment });
  }
  reader.end();
  return identities;
}

/** The signature blob. It has to be of the algorithm that was asked for: old agents sign with SHA-1 whatever the flag. */
export function decodeSignature(message: Uint8Array, algorithm: string): Uint8Array {
  const reader = openAnswer(message, numbers.signResponse, "sign");
  const blob = reader.string().slice();
  reader.end();
  const made = new SshReader(blob, "agent-protocol", "the agent's signature").text();
  if (made !== algorithm)
    reader.fail(`it signed with "${printable(made, 64)}" and was asked for "${printable(algorithm, 64)}"`);
  return blob;
}

function openAnswer(message: Uint8Array, expected: number, attempt: string): SshReader {
  const reader = new SshReader(message, "agent-protocol", "the agent's answer");
  const number = reader.u8();
  if (number === numbers.failure || number === numbers.extensionFailure)
    throw new SshError("agent-refused", `asking the agent to ${attempt}: it refused`);
  if (number !== expected) reader.fail(`message ${number} came and ${expected} was expected`);
  return reader;
}

import { SshError } from "../errors.ts";
import { readU32 } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";

/** Longest message of an agent, in bytes: the limit of OpenSSH. */
export const maxAgentMessage: number = 256 * 1024;

/** A message with its length in front (draft-ietf-sshm-ssh-agent §3). */
export function encodeAgentFrame(message: Uint8Array): Uint8Array {
  if (message.length > maxAgentMessage)
    throw new SshError("local-usage", `asking the agent: ${message.length} bytes are more than ${maxAgentMessage}`);
  return new SshWriter(message.length + 4).string(message).take();
}

/**
 * Cuts the agent's bytes into messages, at any split. Throws `agent-protocol` for an empty message and for one above the
 * limit, as soon as its length is known.
 */
export class AgentFrameReader {
  readonly #header: Uint8Array = new Uint8Array(4);
  #headerLength = 0;
  #message: Uint8Array | undefined;
  #filled = 0;

  /** Whether a message has begun and not ended. */
  get midMessage(): boolean {
    return this.#headerLength > 0;
  }

  /** Takes bytes and gives the messages that they complete. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#message === undefined) {
        this.#header[this.#headerLength++] = chunk[at++] ?? 0;
        if (this.#headerLength === 4) this.#message = new Uint8Array(this.#checkedLength());
        continue;
      }
      const part = chunk.subarray(at, at + this.#message.length - this.#filled);
      this.#message.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#message.length) break;
      messages.push(this.#message);
      this.#message = undefined;
      this.#filled = 0;
      this.#headerLength = 0;
    }
    return messages;
  }

  #checkedLength(): number {
    const length = readU32(this.#header, 0);
    if (length === 0 || length > maxAgentMessage)
      throw new SshError(
        "agent-protocol",
        `reading the agent's answer: ${length} bytes are announced, not 1 to ${maxAgentMessage}`,
      );
    return length;
  }
}

import { SshError } from "../errors.ts";
import { SshReader } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";
import { messageName } from "./numbers.ts";

/**
 * A reader behind the message number, which has to be the expected one. Byte fields of decoded messages are views of
 * the payload: what outlives the packet buffer has to be copied.
 * `name` is for messages that share their number with another one.
 */
export function readMessage(payload: Uint8Array, number: number, name: string = messageName(number)): SshReader {
  const reader = new SshReader(payload, "malformed-message", name);
  const found = reader.u8();
  if (found !== number) throw new SshError("malformed-message", `reading ${name}: this is ${messageName(found)}`);
  return reader;
}

/** A writer with the message number in it. */
export function writeMessage(number: number, capacity?: number): SshWriter {
  return new SshWriter(capacity).u8(number);
}

import { DELIMITER, EndOfMessageDecoder } from "./end-of-message-decoder.ts";
import { FramingError } from "./errors.ts";
import type { Framing } from "./frame-decoder.ts";
import { checkLimit, MAX_CHUNK_SIZE } from "./limits.ts";

/**
 * Frames one message. The result is the wire's pieces in order: header, views of the payload, trailer. No byte of the
 * payload is copied, so it must not change before the pieces are sent.
 *
 * Chunked framing uses one chunk unless the message is larger than `maxChunkBytes` (default and maximum 4294967295).
 *
 * @throws FramingError `empty-payload`; `delimiter-in-payload` where end-of-message framing would let the payload be read
 * as two messages (RFC 6242 §6 names the attack); `bad-limit`
 * @example
 * const wire = encodeMessage("chunked", new TextEncoder().encode("<rpc/>"));
 * console.log(wire.map((piece) => new TextDecoder().decode(piece)).join("")); // \n#6\n<rpc/>\n##\n
 */
export function encodeMessage(
  framing: Framing,
  payload: Uint8Array | readonly Uint8Array[],
  options: { readonly maxChunkBytes?: number } = {},
): Uint8Array[] {
  const pieces = payload instanceof Uint8Array ? [payload] : payload;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  // RFC 6242 §4.2: chunk-data = 1*OCTET. Nothing is no XML document either.
  if (length === 0) throw new FramingError("empty-payload", "cannot frame a message: it is empty");
  if (framing === "end-of-message") return encodeEndOfMessage(pieces, length);
  const maxChunkBytes = checkLimit("maxChunkBytes", options.maxChunkBytes ?? MAX_CHUNK_SIZE);
  return encodeChunked(pieces, length, Math.min(Math.floor(maxChunkBytes), MAX_CHUNK_SIZE));
}

function encodeEndOfMessage(pieces: readonly Uint8Array[], length: number): Uint8Array[] {
  const wire = pieces.filter((piece) => piece.length > 0);
  // The delimiter is the caller's to keep: a shared one could be changed or transferred away.
  wire.push(DELIMITER.slice());
  if (!isReadAsOneMessage(wire, length)) {
    throw new FramingError("delimiter-in-payload", 'cannot frame a message: it holds "]]>]]>"');
  }
  return wire;
}

/** Reads as the peer will: also a payload whose end joins with the delimiter to make an earlier one is found. */
function isReadAsOneMessage(wire: readonly Uint8Array[], payloadLength: number): boolean {
  const decoder = new EndOfMessageDecoder({ maxMessageBytes: Number.POSITIVE_INFINITY, maxChunkBytes: MAX_CHUNK_SIZE });
  let length = 0;
  let ended = false;
  const sink = {
    data: (bytes: Uint8Array): void => {
      length += bytes.length;
    },
    end: (): void => {
      ended = true;
      decoder.stop();
    },
  };
  for (const piece of wire) {
    if (ended) return false;
    if (decoder.push(piece, 0, sink, 0) < piece.length) return false;
  }
  return ended && length === payloadLength;
}

function encodeChunked(pieces: readonly Uint8Array[], length: number, maxChunkBytes: number): Uint8Array[] {
  const wire: Uint8Array[] = [];
  let unannounced = length;
  let room = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (room === 0) {
        room = Math.min(unannounced, maxChunkBytes);
        unannounced -= room;
        // RFC 6242 §4.2: no leading zeros.
        wire.push(ascii(`\n#${room}\n`));
      }
      const end = Math.min(piece.length, at + room);
      wire.push(end - at === piece.length ? piece : piece.subarray(at, end));
      room -= end - at;
      at = end;
    }
  }
  wire.push(ascii("\n##\n"));
  return wire;
}

/** A few characters as bytes; for so few this is faster than the platform's encoder. */
function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

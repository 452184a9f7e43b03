import type { DuplexSocket } from "netconf-kit";

/** RFC 4253 §4.2: an identification has 255 characters at most. */
const MAX_LENGTH = 255;

/** The same socket, and what the peer says first: it tells what really listens there. */
export interface Overheard {
  readonly socket: DuplexSocket;
  /** The peer's first line for a sentence: `; the peer began with "HTTP/1.1 400 Bad Request"`. */
  readonly remark: () => string;
}

/** `onVersion` is called once, with the peer's SSH identification. */
export function overhear(socket: DuplexSocket, onVersion: (line: string) => void = () => {}): Overheard {
  let words = "";
  let over = false;
  const listen = (chunk: Uint8Array): void => {
    words += new TextDecoder("latin1").decode(chunk.subarray(0, MAX_LENGTH));
    // Lines may stand before the identification.
    const version = /^SSH-[^\r\n]*(?=\r?\n)/m.exec(words)?.[0];
    over = version !== undefined || words.length > MAX_LENGTH;
    if (version !== undefined) onVersion(version);
  };
  return {
    socket: {
      closed: socket.closed,
      ...(socket.remote !== undefined && { remote: socket.remote }),
      read: async () => {
        const chunk = await socket.read();
        if (chunk !== undefined && !over) listen(chunk);
        return chunk;
      },
      write: (bytes) => socket.write(bytes),
      closeWrite: () => socket.closeWrite(),
      close: (reason) => socket.close(reason),
      [Symbol.asyncDispose]: () => socket.close(),
    },
    remark: () => {
      if (words === "") return "; the peer said nothing";
      const [line = ""] = words.split(/\r?\n/, 1);
      return `; the peer began with ${quoted(line)}`;
    },
  };
}

/** Bytes that are no text are shown as such. */
function quoted(line: string): string {
  const shown = line.slice(0, 80).replace(/[^\x20-\x7e]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(2, "0");
    return `\\x${code}`;
  });
  return `"${shown}${line.length > 80 ? "…" : ""}"`;
}

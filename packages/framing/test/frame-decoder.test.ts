import { describe, expect, it } from "vitest";
import { FrameDecoder, FramingError, isFramingError } from "../src/mod.ts";
import { bytesOf, cut, everySplit, latin1, readFrames } from "./read-frames.ts";
import {
  closeSession,
  closeSessionChunks,
  exitReply,
  exitReplyChunks,
  exitRequest,
  exitRequestChunks,
  getConfig,
  hello,
} from "./rfc-examples.ts";

const silent = { data: (): void => {}, end: (): void => {} };

describe("RFC 6242 §4.1, the switch after the hello", () => {
  const stream = bytesOf(`${hello}]]>]]>${closeSessionChunks}${exitRequestChunks}`);

  it("reads the rest of the same chunk as chunked when switched inside end()", () => {
    const reading = readFrames([stream], { switchAfterHello: true });
    expect(reading).toEqual({ messages: [hello, closeSession, exitRequest], end: "clean" });
  });

  it("gives the same for every split of the stream", () => {
    for (const reads of everySplit(stream)) {
      const reading = readFrames(reads, { switchAfterHello: true });
      expect(reading).toEqual({ messages: [hello, closeSession, exitRequest], end: "clean" });
    }
  });

  it("gives the same for reads of every size", () => {
    for (let size = 1; size <= 100; size++) {
      const reading = readFrames(cut(stream, size), { switchAfterHello: true });
      expect(reading).toEqual({ messages: [hello, closeSession, exitRequest], end: "clean" });
    }
  });

  it("may be switched after push() has returned", () => {
    const decoder = new FrameDecoder();
    const messages: string[] = [];
    let message = "";
    const sink = {
      data: (bytes: Uint8Array): void => {
        message += latin1(bytes);
      },
      end: (): void => {
        messages.push(message);
        message = "";
      },
    };
    decoder.push(bytesOf(`${hello}]]>]]>`), sink);
    expect(decoder.framing).toBe("end-of-message");
    decoder.switchToChunked();
    expect(decoder.framing).toBe("chunked");
    decoder.push(bytesOf(closeSessionChunks), sink);
    decoder.finish();
    expect(messages).toEqual([hello, closeSession]);
  });

  it("refuses to switch inside a message, and goes on as before", () => {
    for (const begun of ["<", "]", "]]>]]", " "]) {
      const decoder = new FrameDecoder();
      decoder.push(bytesOf(begun), silent);
      expect(catchError(() => decoder.switchToChunked())).toMatchObject({ code: "illegal-switch", fault: "local" });
      expect(decoder.framing).toBe("end-of-message");
      decoder.push(bytesOf("]]>]]>"), silent);
      decoder.finish();
    }
  });

  it("refuses to switch twice", () => {
    const decoder = new FrameDecoder();
    decoder.switchToChunked();
    expect(catchError(() => decoder.switchToChunked())).toMatchObject({ code: "illegal-switch", fault: "local" });
  });

  it("reports a peer that goes on with end-of-message framing at the first byte after the hello", () => {
    const reading = readFrames([bytesOf("<hello/>]]>]]><rpc/>]]>]]>")], { switchAfterHello: true });
    expect(reading.messages).toEqual(["<hello/>"]);
    expect(reading.end).toMatchObject({ code: "expected-line-feed", fault: "peer", offset: 14 });
  });
});

describe("RFC 6242 §4.3, the example", () => {
  it("is read whole and in every split", () => {
    const stream = bytesOf(`${getConfig}]]>]]>${getConfig}]]>]]>`);
    for (const reads of everySplit(stream))
      expect(readFrames(reads)).toEqual({ messages: [getConfig, getConfig], end: "clean" });
  });
});

describe("RFC 6242 §5, the example", () => {
  it("is read in every split, in both directions", () => {
    for (const [message, chunks] of [
      [exitRequest, exitRequestChunks],
      [exitReply, exitReplyChunks],
    ] as const) {
      for (const reads of everySplit(bytesOf(chunks))) {
        expect(readFrames(reads, { framing: "chunked" })).toEqual({ messages: [message], end: "clean" });
      }
    }
  });
});

describe("blanks after the hello", () => {
  const read = (blanks: string, skipBlanksAfterHello: boolean) =>
    readFrames(cut(bytesOf(`<hello/>]]>]]>${blanks}\n#6\n<rpc/>\n##\n`), 1), {
      switchAfterHello: true,
      skipBlanksAfterHello,
    });

  it("are refused by default", () => {
    expect(read("\n", false).end).toMatchObject({ code: "expected-hash", offset: 15 });
    expect(read("\r\n", false).end).toMatchObject({ code: "expected-line-feed", offset: 14 });
  });

  it("are skipped when asked for, up to sixteen", () => {
    for (const blanks of ["", "\n", "\r\n", "\n\n", " \t\r\n", "\n".repeat(16), " ".repeat(16)]) {
      expect(read(blanks, true)).toEqual({ messages: ["<hello/>", "<rpc/>"], end: "clean" });
    }
    expect(read("\n".repeat(17), true).end).toMatchObject({ code: "expected-hash" });
    expect(read(" ".repeat(17), true).end).toMatchObject({ code: "expected-line-feed" });
  });

  it("are not skipped anywhere else", () => {
    const stream = "<hello/>]]>]]>\n#3\nfoo\n##\n\n\n#3\nbar\n##\n";
    const reading = readFrames([bytesOf(stream)], { switchAfterHello: true, skipBlanksAfterHello: true });
    expect(reading.messages).toEqual(["<hello/>", "foo"]);
    expect(reading.end).toMatchObject({ code: "expected-hash" });
    const other = readFrames([bytesOf("x]]>]]>-\n#3\nfoo\n##\n")], {
      switchAfterHello: true,
      skipBlanksAfterHello: true,
    });
    expect(other.end).toMatchObject({ code: "expected-line-feed", offset: 7 });
  });
});

describe("a decoder in its error state", () => {
  it("throws the same error again, from push() and from finish()", () => {
    const decoder = new FrameDecoder({ framing: "chunked" });
    const first = catchError(() => decoder.push(bytesOf("oops"), silent));
    expect(first).toMatchObject({
      name: "FramingError",
      layer: "framing",
      code: "expected-line-feed",
      fault: "peer",
      rfc: "RFC 6242 §4.2",
      offset: 0,
    });
    expect(catchError(() => decoder.push(bytesOf("\n#1\nx\n##\n"), silent))).toBe(first);
    expect(catchError(() => decoder.finish())).toBe(first);
  });

  it("stays there after an error of the sink", () => {
    const decoder = new FrameDecoder();
    const mine = new Error("mine");
    const failing = {
      ...silent,
      end: (): void => {
        throw mine;
      },
    };
    expect(catchError(() => decoder.push(bytesOf("a]]>]]>"), failing))).toBe(mine);
    expect(catchError(() => decoder.push(bytesOf("b"), silent))).toBe(mine);
  });

  it("throws the same truncation again", () => {
    const decoder = new FrameDecoder();
    decoder.push(bytesOf("<hello/>"), silent);
    const first = catchError(() => decoder.finish());
    expect(first).toMatchObject({ code: "truncated", fault: "peer", offset: 8 });
    expect(catchError(() => decoder.finish())).toBe(first);
  });
});

describe("misuse", () => {
  it("is a local error: push() inside a sink and after finish()", () => {
    const decoder = new FrameDecoder();
    const reentrant = { ...silent, data: (bytes: Uint8Array): void => decoder.push(bytes, silent) };
    expect(catchError(() => decoder.push(bytesOf("x"), reentrant))).toMatchObject({
      code: "illegal-push",
      fault: "local",
    });
    const ended = new FrameDecoder();
    ended.finish();
    expect(catchError(() => ended.push(bytesOf("x"), silent))).toMatchObject({ code: "illegal-push", fault: "local" });
  });

  it("refuses limits that are no positive numbers", () => {
    for (const bad of [0, -1, Number.NaN]) {
      expect(catchError(() => new FrameDecoder({ maxMessageBytes: bad }))).toMatchObject({
        code: "bad-limit",
        fault: "local",
      });
      expect(catchError(() => new FrameDecoder({ maxChunkBytes: bad }))).toMatchObject({
        code: "bad-limit",
        fault: "local",
      });
    }
  });
});

describe("isFramingError()", () => {
  it("knows the errors of any copy of the package, and nothing else", () => {
    expect(isFramingError(new FramingError("truncated", "x"))).toBe(true);
    expect(isFramingError(Object.assign(new Error("x"), { name: "FramingError", layer: "framing" }))).toBe(true);
    expect(isFramingError(new Error("x"))).toBe(false);
    expect(isFramingError({ name: "FramingError", layer: "framing" })).toBe(false);
  });
});

function catchError(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

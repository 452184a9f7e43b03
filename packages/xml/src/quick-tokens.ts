import { byteAt, TEXT_CLASS } from "./byte-classes.ts";
import type { RememberedTag } from "./byte-names.ts";
import { END, PLAIN_TEXT, START, TEXT } from "./byte-token.ts";
import { CLOSED_ITSELF } from "./scan-part.ts";
import type { ScanState } from "./scan-state.ts";

// The shorter way for what most of a document is. Each function reads a token completely or touches nothing, and then the
// long way decides: nothing here may accept what that refuses.

/** Text without anything special, up to the next tag. */
export function quickText(state: ScanState, start: number, end: number): typeof TEXT | undefined {
  const { bytes } = state;
  const classes = TEXT_CLASS; // looked up once: the loop below is the hottest there is
  let at = start;
  let blanks = -1;
  if (byteAt(bytes, at) === 0x0a) {
    // Layout: one line end and blanks.
    at += 1;
    while (at < end && byteAt(bytes, at) === 0x20) at++;
    blanks = at - start - 1;
  }
  if (at < end && byteAt(bytes, at) !== 0x3c) {
    blanks = -1;
    while (at < end && byteAt(classes, byteAt(bytes, at)) === 0) at++;
  }
  if (at >= end || byteAt(bytes, at) !== 0x3c) return undefined;
  if (state.base + at - state.tagEnd > state.limits.maxTextLength) return undefined;
  if (byteAt(bytes, start) === 0x0a) state.newLine(start + 1);
  state.start = start;
  state.stop = at;
  state.form = PLAIN_TEXT;
  state.blanks = blanks;
  state.at = at;
  return TEXT;
}

/** An end tag without white space. */
export function quickEnd(state: ScanState, at: number, end: number): typeof END | undefined {
  const name = state.open[state.depth - 1];
  const pattern = name?.closing;
  if (name === undefined || pattern === undefined) return undefined;
  const after = at + pattern.length;
  if (after > end || !pattern.matches(state.view, at)) return undefined;
  state.closed(name, at, after);
  return END;
}

/** A start tag of the name that followed the last time, without attributes or with the declarations of the last time. */
export function quickStart(state: ScanState, at: number, end: number): typeof START | undefined {
  const name = state.expected;
  const pattern = name?.opening;
  if (name === undefined || pattern === undefined) return undefined;
  const { limits } = state;
  if (state.depth >= limits.maxDepth || state.elements >= limits.maxElements) return undefined;
  const after = at + pattern.length;
  if (after > end) return undefined;
  if (!pattern.matches(state.view, at)) return name.memo === undefined ? undefined : recall(state, name.memo, at, end);
  const { prefix } = name;
  if (prefix.text !== "" && (prefix.namespace === undefined || prefix.text === "xmlns")) return undefined;
  state.attributes = 0;
  state.opened(name, 0, at, after);
  return START;
}

function recall(state: ScanState, memo: RememberedTag, at: number, end: number): typeof START | undefined {
  if (!memo.matches(state.view, at, end)) return undefined;
  memo.recall(state.tag, at);
  state.attributes = state.tag.count;
  state.memo = memo;
  state.opened(memo.name, state.bindings.recall(memo), at, at + memo.pattern.length);
  if (memo.selfClosing) state.part = CLOSED_ITSELF;
  return START;
}

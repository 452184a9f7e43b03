import { byteAt, isWhite, NAME_CLASS, VALUE_CLASS } from "./byte-classes.ts";
import { PLAIN } from "./byte-kinds.ts";
import { DECODER, ENCODER } from "./text-codec.ts";

// How the usual messages are written. Each function says no where it is not certain.

/** A root element in a form that is usual: without a prefix. */
export interface RootForm {
  readonly name: string;
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  /** What the message is; `undefined` for a reply, whose body decides. */
  readonly outcome: "hello" | "notification" | "other" | undefined;
}

const ROOTS: readonly RootForm[] = [
  /* @__PURE__ */ rootForm("rpc-reply", undefined),
  /* @__PURE__ */ rootForm("notification", "notification"),
  /* @__PURE__ */ rootForm("rpc", "other"),
  /* @__PURE__ */ rootForm("hello", "hello"),
];

export const DECLARATION: Uint8Array = /* @__PURE__ */ ascii('<?xml version="1.0" encoding="UTF-8"?>');
export const DECLARATION_START: Uint8Array = /* @__PURE__ */ ascii("<?");
export const MESSAGE_ID: Uint8Array = /* @__PURE__ */ ascii("message-id=");
export const DEFAULT_NAMESPACE: Uint8Array = /* @__PURE__ */ ascii("xmlns=");
export const PREFIX_DECLARATION: Uint8Array = /* @__PURE__ */ ascii("xmlns:");
export const BASE_NAMESPACE = "urn:ietf:params:xml:ns:netconf:base:1.0";
/** As nearly all write it. */
export const BASE_DECLARATION: Uint8Array = /* @__PURE__ */ ascii(`xmlns="${BASE_NAMESPACE}"`);
export const OK: Uint8Array = /* @__PURE__ */ ascii("<ok/>");
export const DATA: Uint8Array = /* @__PURE__ */ ascii("<data>");
export const RPC_ERROR: Uint8Array = /* @__PURE__ */ ascii("<rpc-error>");

/** The form of the root whose start tag begins at `at`; what follows the name has not been looked at. */
export function rootFormAt(bytes: Uint8Array, at: number, end: number): RootForm | undefined {
  for (let i = 0; i < ROOTS.length; i++) {
    const form = ROOTS[i];
    if (form !== undefined && startsWith(bytes, at, end, form.start)) return form;
  }
  return undefined;
}

/** Where a message ends, without the white space behind it. */
export function endOf(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && isWhite(byteAt(bytes, end - 1))) end--;
  return end;
}

export function skipWhite(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isWhite(byteAt(bytes, at))) at++;
  return at;
}

export function startsWith(bytes: Uint8Array, at: number, end: number, text: Uint8Array): boolean {
  const length = text.length;
  if (end - at < length) return false;
  for (let i = 0; i < length; i++) if (byteAt(bytes, at + i) !== byteAt(text, i)) return false;
  return true;
}

/** Where a name in ASCII without a colon ends; -1 when there is none. */
export function plainNameEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && byteAt(NAME_CLASS, byteAt(bytes, at)) !== 0 && byteAt(bytes, at) !== 0x3a) at++;
  if (at === from || at >= end || byteAt(NAME_CLASS, byteAt(bytes, from)) !== 1) return -1;
  return byteAt(bytes, at) >= 0x80 || byteAt(bytes, at) === 0x3a ? -1 : at;
}

/** The same for a prefix that is declared: those that begin with "xml" have rules of their own. */
export function prefixEnd(bytes: Uint8Array, from: number, end: number): number {
  return startsWith(bytes, from, end, XML) ? -1 : plainNameEnd(bytes, from, end);
}

/** Where the value ends whose quote is at `from`; -1 when it has anything but plain characters in ASCII. */
export function plainValueEnd(bytes: Uint8Array, from: number, end: number): number {
  const quote = byteAt(bytes, from);
  if (quote !== 0x22 && quote !== 0x27) return -1;
  let at = from + 1;
  while (at < end && byteAt(VALUE_CLASS, byteAt(bytes, at)) === PLAIN) at++;
  return at < end && byteAt(bytes, at) === quote ? at : -1;
}

/** A namespace as a string that exists already for those of NETCONF; empty for one that may be reserved. */
export function namespaceOf(bytes: Uint8Array, start: number, end: number): string {
  for (const { text, written } of NAMESPACES) {
    if (end - start === written.length && startsWith(bytes, start, end, written)) return text;
  }
  if (mayBeReserved(bytes, start, end)) return "";
  return DECODER.decode(bytes.subarray(start, end));
}

/** White space at an end, or the beginning of the namespaces that XML keeps for itself. */
export function mayBeReserved(bytes: Uint8Array, start: number, end: number): boolean {
  return byteAt(bytes, start) === 0x20 || byteAt(bytes, end - 1) === 0x20 || startsWith(bytes, start, end, W3C);
}

/** Whether a name decides the outcome of a reply. */
export function isReplyName(bytes: Uint8Array, start: number, end: number): boolean {
  return REPLY_NAMES.some((name) => name.length === end - start && startsWith(bytes, start, end, name));
}

/** Whether "rpc-error" is written anywhere between. Looks at every ninth byte where nothing resembles it. */
export function mentionsError(bytes: Uint8Array, start: number, end: number): boolean {
  const last = ERROR.length - 1;
  const steps = STEPS;
  for (let at = start + last; at < end; ) {
    const step = byteAt(steps, byteAt(bytes, at));
    if (step > 0) at += step;
    else if (startsWith(bytes, at - last, end, ERROR)) return true;
    else at += 1;
  }
  return false;
}

function rootForm(name: string, outcome: RootForm["outcome"]): RootForm {
  return { name, start: ascii(`<${name}`), end: ascii(`</${name}>`), outcome };
}

function ascii(text: string): Uint8Array {
  return ENCODER.encode(text);
}

const XML = /* @__PURE__ */ ascii("xml");
const W3C = /* @__PURE__ */ ascii("http://www.w3.org/");
const ERROR = /* @__PURE__ */ ascii("rpc-error");
const REPLY_NAMES = [/* @__PURE__ */ ascii("ok"), /* @__PURE__ */ ascii("data"), ERROR];
const NAMESPACES = /* @__PURE__ */ [BASE_NAMESPACE, "urn:ietf:params:xml:ns:netconf:notification:1.0"].map((text) => ({
  text,
  written: ascii(text),
}));

/** How far the next "rpc-error" ends at least behind a byte; 0 for its last letter. */
const STEPS = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, byte) => ERROR.length - 1 - ERROR.lastIndexOf(byte));

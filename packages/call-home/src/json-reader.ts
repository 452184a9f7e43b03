import { ConfigError, type ConfigErrorCode } from "./config-errors.ts";

/** A value of JSON that knows where in the text it stands. */
export type JsonNode = { readonly offset: number } & (
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonMember> }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "scalar"; readonly value: string | number | boolean | null }
);

export interface JsonMember {
  /** Of the name. */
  readonly offset: number;
  readonly node: JsonNode;
}

/**
 * Reads JSON (RFC 8259), keeping the place of every value, which `JSON.parse` does not tell. As strict as that, and stricter
 * for a member that is there twice: one of both would be dropped in silence.
 *
 * @throws ConfigError `config-syntax`, `config-duplicate-member`, `config-too-large`
 * @example
 * readJson('{ "port": 4334 }').offset; // 0
 */
export function readJson(text: string): JsonNode {
  if (text.length > MAX_CHARACTERS) {
    const message = `the text has ${text.length} characters, the limit is ${MAX_CHARACTERS}`;
    throw new ConfigError([{ code: "config-too-large", path: "", line: 1, column: 1, message }]);
  }
  return new JsonReader(text).document();
}

/** The line and the column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Some 50 000 devices. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MAX_DEPTH = 32;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const node = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#wrong(this.#at, "there is more behind the end");
    return node;
  }

  #value(depth: number): JsonNode {
    this.#space();
    const offset = this.#at;
    if (depth > MAX_DEPTH) throw this.#wrong(offset, `it is nested more than ${MAX_DEPTH} deep`);
    const first = this.#text[offset];
    if (first === "{") return { kind: "object", offset, members: this.#members(depth) };
    if (first === "[") return { kind: "array", offset, items: this.#items(depth) };
    return { kind: "scalar", offset, value: first === '"' ? this.#string() : this.#literal() };
  }

  #members(depth: number): ReadonlyMap<string, JsonMember> {
    const members = new Map<string, JsonMember>();
    this.#at++;
    if (this.#takes("}")) return members;
    do {
      this.#space();
      const offset = this.#at;
      if (this.#text[offset] !== '"') throw this.#wrong(offset, "the name of a member in quotes is expected");
      const name = this.#string();
      if (members.has(name)) throw this.#wrong(offset, `${JSON.stringify(name)} stands there twice`, TWICE);
      if (!this.#takes(":")) throw this.#wrong(this.#at, '":" is expected');
      members.set(name, { offset, node: this.#value(depth + 1) });
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.#wrong(this.#at, '"," or "}" is expected');
    return members;
  }

  #items(depth: number): readonly JsonNode[] {
    const items: JsonNode[] = [];
    this.#at++;
    if (this.#takes("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) throw this.#wrong(this.#at, '"," or "]" is expected');
    return items;
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      // RFC 8259 §7: control characters have to be escaped.
      if (code < FIRST_PRINTABLE) throw this.#wrong(at, "the text is not closed on its line");
      if (code === BACKSLASH) at++;
      if (code !== QUOTE) continue;
      this.#at = at + 1;
      return this.#parse(start);
    }
    throw this.#wrong(start, "the text is not closed");
  }

  #literal(): number | boolean | null {
    const start = this.#at;
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at += word.length;
      return value;
    }
    const number = /-?[\d.eE+-]+/y;
    number.lastIndex = start;
    const found = number.exec(this.#text);
    if (found === null) throw this.#wrong(start, "a value is expected");
    this.#at += found[0].length;
    return this.#parse(start);
  }

  /** A text or a number from `start` to here, by the runtime. */
  #parse<Value>(start: number): Value {
    try {
      // What begins with a quote is a string, and anything else here a number.
      return JSON.parse(this.#text.slice(start, this.#at)) as Value;
    } catch {
      throw this.#wrong(start, "the value is not of the form of JSON");
    }
  }

  #takes(sign: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  /** RFC 8259 §2. */
  #space(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at] ?? "-")) this.#at++;
  }

  #wrong(offset: number, message: string, code: ConfigErrorCode = "config-syntax"): ConfigError {
    return new ConfigError([{ code, path: "", ...placeOf(this.#text, offset), message }]);
  }
}

const TWICE = "config-duplicate-member";

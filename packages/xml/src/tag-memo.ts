import type { ByteName, ByteNames, BytePrefix, RememberedTag, TagParts } from "./byte-names.ts";
import { BytePattern } from "./byte-pattern.ts";

/**
 * A start tag that declares namespaces and has no other attributes. Lists repeat such tags byte for byte, so one that stands
 * where it stood before is recognised as a whole.
 */
export class TagMemo implements RememberedTag {
  readonly name: ByteName;
  /** From `<` to `>`. */
  readonly pattern: BytePattern;
  readonly selfClosing: boolean;
  readonly prefixes: readonly BytePrefix[];
  readonly namespaces: readonly string[];
  readonly #known: ByteNames;
  readonly #generation: number;
  readonly #names: readonly ByteName[];
  readonly #starts: readonly number[];
  readonly #ends: readonly number[];
  readonly #raw: readonly number[];

  private constructor(tag: TagParts, known: ByteNames, bytes: Uint8Array, at: number, after: number) {
    this.name = tag.name;
    this.#known = known;
    this.#generation = known.generation;
    this.pattern = new BytePattern(new Uint8Array(bytes.subarray(at, after)));
    this.selfClosing = tag.selfClosing;
    this.#names = tag.names.slice(0, tag.count);
    this.#starts = tag.starts.slice(0, tag.count).map((start) => start - at);
    this.#ends = tag.ends.slice(0, tag.count).map((end) => end - at);
    this.#raw = tag.raw.slice(0, tag.count);
    this.prefixes = this.#names.flatMap(({ declares }) => declares ?? []);
    this.namespaces = this.prefixes.map(({ namespace }) => namespace ?? "");
  }

  /** Remembers the tag that was read last, while its declarations are in force. `undefined` for one that is not worth it. */
  static of(
    tag: TagParts,
    known: ByteNames,
    declared: number,
    bytes: Uint8Array,
    at: number,
    after: number,
  ): TagMemo | undefined {
    if (declared !== tag.count || declared === 0 || after - at > LONGEST || tag.name.prefix.text !== "")
      return undefined;
    // Line ends and wide characters have to be counted each time.
    if (!bytes.subarray(at, after).every(isPrintableAscii)) return undefined;
    return new TagMemo(tag, known, bytes, at, after);
  }

  /** Whether the same bytes stand at `at`. */
  matches(view: DataView, at: number, end: number): boolean {
    return (
      at + this.pattern.length <= end && this.#generation === this.#known.generation && this.pattern.matches(view, at)
    );
  }

  /** Puts into `tag` what reading the tag again would. */
  recall(tag: TagParts, at: number): void {
    const count = this.#names.length;
    tag.count = count;
    tag.selfClosing = this.selfClosing;
    for (let i = 0; i < count; i++) {
      const name = this.#names[i];
      if (name !== undefined) tag.names[i] = name;
      tag.starts[i] = at + (this.#starts[i] ?? 0);
      tag.ends[i] = at + (this.#ends[i] ?? 0);
      tag.raw[i] = this.#raw[i] ?? 0;
    }
  }
}

const LONGEST = 256;

function isPrintableAscii(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

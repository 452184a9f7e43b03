/** The next of a row of numbers from 0 to 2^32-1. */
export type Random = () => number;

/** xorshift: the same numbers for the same seed, everywhere. */
export function seededNumbers(seed: number): Random {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** What mutations are made of beside random bytes. */
export interface MutationSource {
  /** Inputs of the same kind, of which pieces are taken. */
  readonly inputs: readonly Uint8Array[];
  /** What the format is made of: delimiters, escapes, key words. */
  readonly tokens: readonly Uint8Array[];
  /** A mutation that only this format has. */
  readonly own?: (bytes: Uint8Array, random: Random) => Uint8Array;
}

/** Damages an input one to four times, at random and where the structure is. */
export function mutate(input: Uint8Array, source: MutationSource, random: Random): Uint8Array {
  let bytes = input;
  for (let count = 1 + (random() % 4); count > 0; count--) bytes = mutateOnce(bytes, source, random);
  return bytes;
}

function mutateOnce(bytes: Uint8Array, { inputs, tokens, own }: MutationSource, random: Random): Uint8Array {
  const at = random() % (bytes.length + 1);
  const length = 1 + (random() % 16);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  const token = tokens[random() % Math.max(tokens.length, 1)] ?? Uint8Array.of(0);
  switch (random() % 12) {
    case 0:
      return joined(before, Uint8Array.of(random() & 0xff), after.subarray(1));
    case 1:
      return joined(before, Uint8Array.of((after[0] ?? 0) ^ (1 << (random() % 8))), after.subarray(1));
    case 2:
      return joined(before, after.subarray(length));
    case 3:
      return joined(before, after.subarray(0, length), after);
    case 4:
      return joined(before, token, after);
    case 5:
      return random() % 4 === 0 ? before : joined(before, token, after.subarray(length));
    case 6: {
      const other = inputs[random() % Math.max(inputs.length, 1)] ?? token;
      const from = random() % (other.length + 1);
      return joined(before, other.subarray(from, from + (random() % 200)), after);
    }
    case 7:
      return joined(before, ...Array.from({ length: random() % 40 }, () => after.subarray(0, length)), after);
    case 8:
      return joined(before, hostileNumber(after.length, random), after.subarray(4));
    default:
      return own?.(bytes, random) ?? joined(before, after.subarray(length), after.subarray(0, length));
  }
}

/** A length as binary formats have it: none, a little too much, far too much. */
function hostileNumber(remaining: number, random: Random): Uint8Array {
  const numbers = [0, 1, remaining - 4, remaining - 3, remaining, 0x7fffffff, 0x80000000, 0xffffffff, random()];
  const number = (numbers[random() % numbers.length] ?? 0) >>> 0;
  return Uint8Array.of(number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff);
}

/** Cuts an input into the reads that `split` stands for: 0 is one read, other numbers reads of 1 to 64 bytes. */
export function* readsOf(input: Uint8Array, split: number): Generator<Uint8Array> {
  if (split === 0) {
    yield input;
    return;
  }
  const random = seededNumbers(split);
  const most = 1 + (random() % 64);
  for (let at = 0; at < input.length; ) {
    const size = 1 + (random() % most);
    yield input.subarray(at, at + size);
    at += size;
  }
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function utf8Tokens(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
